import type { Context } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import { rateLimitHeaders } from "../chat/index.ts";
import { ok, type Result } from "../errors.ts";
import { describeRoute } from "../http/describe-route.ts";
import { fingerprint, idempotencyKey } from "../http/idempotency-key.ts";
import { refuse } from "../http/respond.ts";
import { SECOND_MS } from "../time.ts";
import { runTurn } from "./run-turn.ts";
import { showTurn } from "./show.ts";
import { frames } from "./stream-frames.ts";
import type { TurnAnswer, TurnContext, TurnRequest } from "./turn.ts";
import type { AnsweredTurn, TurnKey } from "./types.ts";
import { turnView } from "./wire.ts";

/** Names the conversation of a turn, also in a refusal, whose body has no field for it. */
const CONVERSATION_HEADER = "x-farebox-conversation";
const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
};

/** Describes a route that answers with `answerTurn`. */
export const describeTurn = (summary: string) =>
  describeRoute(
    summary,
    turnView,
    [
      "insufficient_quota",
      "not_found",
      "model_not_found",
      "rate_limit_exceeded",
      "upstream_error",
      "upstream_timeout",
    ],
    { alternative: "text/event-stream" },
  );

/** Reads the `Idempotency-Key` of a request, with the hash of its content. */
async function readTurnKey(c: Context<AuthEnv>): Promise<Result<TurnKey | null>> {
  const key = idempotencyKey(c.req.raw.headers);
  if (!key.ok || key.value === null) return key.ok ? ok(null) : key;
  const hash = await fingerprint("POST", c.req.path, new Uint8Array(await c.req.arrayBuffer()));
  return ok({ key: key.value, fingerprint: hash });
}

/**
 * Formats a stored reply as the stream that it was: one that broke off is not replayed as if it
 * were whole.
 */
function toStreamBody(answered: AnsweredTurn, publicUrl: string): string {
  const { conversationId, asked, reply } = answered;
  const createdSeconds = Math.floor(asked.createdAt / SECOND_MS);
  const head = { conversationId, asked, model: reply.fare?.model ?? "", createdSeconds };
  const opening = frames.begin(head) + frames.delta(head, reply.content);
  const stored = frames.stored(head, answered);
  if (reply.status === "partial") return opening + stored + frames.brokeOff(publicUrl);
  return opening + frames.finish(head, "stop") + stored + frames.done;
}

function respond(c: Context<AuthEnv>, answer: TurnAnswer, stream: boolean): Response {
  switch (answer.kind) {
    case "refused":
      for (const [name, value] of Object.entries(rateLimitHeaders(answer.rate, Date.now())))
        c.header(name, value);
      if (answer.conversationId !== null) c.header(CONVERSATION_HEADER, answer.conversationId);
      return refuse(c, answer.failure);
    case "stream":
      return c.body(answer.stream, 200, {
        ...answer.headers,
        [CONVERSATION_HEADER]: answer.conversationId,
      });
    case "answered": {
      const { answered, headers, replayed } = answer;
      for (const [name, value] of Object.entries(headers)) c.header(name, value);
      if (replayed) c.header("idempotent-replayed", "true");
      c.header(CONVERSATION_HEADER, answered.conversationId);
      return stream
        ? c.body(toStreamBody(answered, c.var.ctx.config.PUBLIC_URL), 200, EVENT_STREAM_HEADERS)
        : c.json(showTurn(answered));
    }
  }
}

/** Runs a turn and answers with its outcome. */
export async function answerTurn(
  c: Context<AuthEnv>,
  request: Omit<TurnRequest, "key">,
): Promise<Response> {
  const key = await readTurnKey(c);
  if (!key.ok) return refuse(c, key.failure);
  const { ctx, caller, requestId } = c.var;
  const { executionCtx } = c;
  const waitUntil = (work: Promise<unknown>) => executionCtx.waitUntil(work);
  const context: TurnContext = { ...ctx, caller, requestId, waitUntil };
  const work = runTurn(context, { ...request, key: key.value });
  // So that the reply is stored even if the client leaves before there is one.
  waitUntil(work.catch(() => undefined));
  return respond(c, await work, request.stream);
}
