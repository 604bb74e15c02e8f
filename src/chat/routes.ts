import type { Context } from "hono";
import { type AuthEnv, identify } from "../auth/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { rateLimitHeaders } from "./answer.ts";
import { chatBody, parseChatRequest } from "./request.ts";
import { runChat } from "./run-chat.ts";
import type { ChatAnswer } from "./types.ts";
import { completionView } from "./wire.ts";

/**
 * Headers are set at once, by name: one by one each would be a call into the platform. No cache
 * keeps a reply.
 */
const toResponse = (
  c: Context<AuthEnv>,
  body: BodyInit,
  headers: Readonly<Record<string, string>>,
): Response =>
  new Response(body, {
    headers: {
      ...headers,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": c.get("requestId"),
    },
  });

function respond(c: Context<AuthEnv>, answer: ChatAnswer): Response {
  switch (answer.kind) {
    case "refused":
      for (const [name, value] of Object.entries(rateLimitHeaders(answer.rate, Date.now())))
        c.header(name, value);
      return refuse(c, answer.failure);
    case "stream":
      return toResponse(c, answer.stream, answer.headers);
    case "whole":
      return toResponse(c, answer.response.body, answer.response.headers);
    case "replayed": {
      const { body, headers } = answer.response;
      return toResponse(c, body, { ...headers, "idempotent-replayed": "true" });
    }
  }
}

/** `POST /v1/chat/completions`: OpenAI's request, paid for. */
export const chatRoutes = router().post(
  "/completions",
  identify,
  describeRoute(
    "Creates a chat completion, as JSON or a stream. Paid from the plan's allowance or from " +
      "credits.",
    completionView,
    [
      "invalid_request",
      "missing_scope",
      "account_suspended",
      "insufficient_quota",
      "model_not_found",
      "rate_limit_exceeded",
      "upstream_error",
      "upstream_timeout",
      "billing_unavailable",
    ],
    { body: chatBody, alternative: "text/event-stream" },
  ),
  async (c) => {
    const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
    const request = parseChatRequest(bytes);
    if (!request.ok) return refuse(c, request.failure);
    const answer = await runChat(c, request.value, bytes);
    return answer.ok ? respond(c, answer.value) : refuse(c, answer.failure);
  },
);
