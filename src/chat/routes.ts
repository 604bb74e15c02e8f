import type { Context } from "hono";
import { type AuthEnv, identify } from "../auth/index.ts";
import { router } from "../http/factory.ts";
import { fingerprint, idempotencyKey } from "../http/idempotency-key.ts";
import { refuse } from "../http/respond.ts";
import { rateLimitHeaders } from "./answer.ts";
import { type ChatAnswer, completeChat } from "./complete-chat.ts";
import { parseChatRequest } from "./request.ts";

/** Headers go in at once, by name: one by one each is a call into the platform. */
const toResponse = (
  c: Context<AuthEnv>,
  body: BodyInit,
  headers: Readonly<Record<string, string>>,
): Response => new Response(body, { headers: { ...headers, "x-request-id": c.get("requestId") } });

function respond(c: Context<AuthEnv>, answer: ChatAnswer): Response {
  switch (answer.kind) {
    case "refused":
      for (const [name, value] of Object.entries(rateLimitHeaders(answer.rate, Date.now())))
        c.header(name, value);
      return refuse(c, answer.failure);
    case "stream":
      return toResponse(c, answer.stream, answer.headers);
    case "whole": {
      const replayed = answer.replayed ? { "idempotent-replayed": "true" } : {};
      return toResponse(c, answer.response.body, { ...answer.response.headers, ...replayed });
    }
  }
}

/** `POST /v1/chat/completions`: OpenAI's request, paid for. */
export const chatRoutes = router().post("/completions", identify, async (c) => {
  const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
  const request = parseChatRequest(bytes);
  if (!request.ok) return refuse(c, request.failure);
  const key = idempotencyKey(c.req.raw.headers);
  if (!key.ok) return refuse(c, key.failure);
  const idempotency =
    key.value === null
      ? null
      : { key: key.value, fingerprint: await fingerprint("POST", c.req.path, bytes) };
  const { executionCtx } = c;
  const context = {
    ...c.get("ctx"),
    caller: c.get("caller"),
    requestId: c.get("requestId"),
    idempotency,
    waitUntil: (work: Promise<unknown>) => executionCtx.waitUntil(work),
  };
  return respond(c, await completeChat(context, request.value));
});
