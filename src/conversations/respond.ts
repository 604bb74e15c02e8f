import type { Context } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import { rateLimitHeaders } from "../chat/index.ts";
import type { Result } from "../errors.ts";
import { fingerprint, idempotencyKey } from "../http/idempotency-key.ts";
import { refuse } from "../http/respond.ts";
import { runTurn, type TurnAnswer, type TurnRequest } from "./run-turn.ts";
import { showTurn } from "./show.ts";
import { frames } from "./stream-frames.ts";
import type { AnsweredTurn, TurnKey } from "./types.ts";

/** Names the conversation that a turn was in: also of a refusal, whose body has no room for it. */
const CONVERSATION_HEADER = "x-farebox-conversation";
const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
};

/** What `Idempotency-Key` says, with what the request asks for. */
async function readTurnKey(c: Context<AuthEnv>): Promise<Result<TurnKey | null>> {
  const key = idempotencyKey(c.req.raw.headers);
  if (!key.ok || key.value === null) return key.ok ? { ok: true, value: null } : key;
  const hash = await fingerprint("POST", c.req.path, new Uint8Array(await c.req.arrayBuffer()));
  return { ok: true, value: { key: key.value, fingerprint: hash } };
}

/**
 * A reply that is stored, as the stream that it was: one that broke off is not given again as if it
 * were whole.
 */
function toStreamBody(answered: AnsweredTurn, publicUrl: string): string {
  const { conversationId, asked: userMessage, reply } = answered;
  const createdSeconds = Math.floor(userMessage.createdAt / 1000);
  const head = {
    conversationId,
    asked: userMessage,
    model: reply.fare?.model ?? "",
    createdSeconds,
  };
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

/** Takes a turn and answers with what came of it. */
export async function answerTurn(
  c: Context<AuthEnv>,
  request: Omit<TurnRequest, "key">,
): Promise<Response> {
  const key = await readTurnKey(c);
  if (!key.ok) return refuse(c, key.failure);
  const { executionCtx } = c;
  const waitUntil = (work: Promise<unknown>) => executionCtx.waitUntil(work);
  const work = runTurn(
    { ...c.var.ctx, caller: c.var.caller, requestId: c.var.requestId, waitUntil },
    { ...request, key: key.value },
  );
  // So that the reply is stored even if the client leaves before there is one.
  waitUntil(work.catch(() => undefined));
  return respond(c, await work, request.stream);
}
