import type { Context } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import { rateHeaders } from "../chat/index.ts";
import type { Result } from "../errors.ts";
import { fingerprint, idempotencyKey } from "../http/idempotency-key.ts";
import { refuse } from "../http/respond.ts";
import { showAnswered } from "./show.ts";
import { frames } from "./stream-frames.ts";
import { type TurnAnswer, type TurnRequest, takeTurn } from "./turn.ts";
import type { Answered, TurnKey } from "./types.ts";

/** Names the conversation that a turn was in: also of a refusal, whose body has no room for it. */
const CONVERSATION = "x-farebox-conversation";
const EVENTS = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };

/** What `Idempotency-Key` says, with what the request asks for. */
async function keyOf(c: Context<AuthEnv>): Promise<Result<TurnKey | null>> {
  const key = idempotencyKey(c.req.raw.headers);
  if (!key.ok || key.value === null) return key.ok ? { ok: true, value: null } : key;
  const print = await fingerprint("POST", c.req.path, new Uint8Array(await c.req.arrayBuffer()));
  return { ok: true, value: { key: key.value, fingerprint: print } };
}

/**
 * A reply that is stored, as the stream that it was: one that broke off is not given again as if it
 * were whole.
 */
function streamed(answered: Answered, publicUrl: string): string {
  const { conversationId, asked: userMessage, reply } = answered;
  const createdSeconds = Math.floor(userMessage.createdAt / 1000);
  const speaker = { conversationId, asked: userMessage, model: reply.fare?.model ?? "", createdSeconds };
  const said = frames.begin(speaker) + frames.delta(speaker, reply.content);
  const stored = frames.stored(speaker, answered);
  if (reply.status === "partial") return said + stored + frames.brokeOff(publicUrl);
  return said + frames.finish(speaker, "stop") + stored + frames.done;
}

function respond(c: Context<AuthEnv>, answer: TurnAnswer, stream: boolean): Response {
  switch (answer.kind) {
    case "refused":
      for (const [name, value] of Object.entries(rateHeaders(answer.rate, Date.now())))
        c.header(name, value);
      if (answer.conversationId !== null) c.header(CONVERSATION, answer.conversationId);
      return refuse(c, answer.failure);
    case "stream":
      return c.body(answer.stream, 200, {
        ...answer.headers,
        [CONVERSATION]: answer.conversationId,
      });
    case "answered": {
      const { answered, headers, replayed } = answer;
      for (const [name, value] of Object.entries(headers)) c.header(name, value);
      if (replayed) c.header("idempotent-replayed", "true");
      c.header(CONVERSATION, answered.conversationId);
      return stream
        ? c.body(streamed(answered, c.var.config.PUBLIC_URL), 200, EVENTS)
        : c.json(showAnswered(answered));
    }
  }
}

/** Takes a turn and answers with what came of it. */
export async function answerTurn(
  c: Context<AuthEnv>,
  request: Omit<TurnRequest, "key">,
): Promise<Response> {
  const key = await keyOf(c);
  if (!key.ok) return refuse(c, key.failure);
  const { env, executionCtx } = c;
  const waitUntil = (work: Promise<unknown>) => executionCtx.waitUntil(work);
  const work = takeTurn({ env, ...c.var, waitUntil }, { ...request, key: key.value });
  // So that the reply is stored even if the client leaves before there is one.
  waitUntil(work.catch(() => undefined));
  return respond(c, await work, request.stream);
}
