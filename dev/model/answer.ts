import { type Behaviour, behaviourOf } from "./behaviour.ts";
import { type Delivery, splitInHalf, streamBody } from "./body.ts";
import type { CallRecord } from "./calls.ts";
import type { ReplyHead } from "./frames.ts";
import type { Gate } from "./gate.ts";
import { ERRORS_BY_STATUS, replacementReply } from "./replacement-reply.ts";
import { buildReply } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import type { Wire } from "./wire.ts";

/**
 * The models, as in the default catalog, with their context lengths in tokens of prompt and reply
 * together.
 */
const CONTEXT_LENGTHS: Readonly<Record<string, number>> = {
  small: 128_000,
  medium: 128_000,
  large: 200_000,
};
const FAULTY_CONTEXT_LENGTH = 8192;

export const MODELS: readonly string[] = Object.keys(CONTEXT_LENGTHS);

/** The circumstances of a call beside its request. */
export interface CallContext {
  readonly script: Behaviour | undefined;
  readonly gate: Gate | undefined;
  readonly delayMs: number;
  readonly createdSeconds: number;
  /** The number of the call from 1, for the reply's id. */
  readonly nth: number;
  /** Resolves when a stalled reply may end. */
  readonly released: Promise<void>;
  /** Aborts when the caller gives up. */
  readonly signal: AbortSignal;
}

const pause = (delayMs: number): Promise<void> =>
  delayMs > 0 ? new Promise((resolve) => setTimeout(resolve, delayMs)) : Promise.resolve();

/**
 * Answers a request by its script, or by its model's name, or as a working model does.
 * @param wire the API in which it was asked
 * @throws {TypeError} if the connection drops, and the signal's reason if the caller gave up, as
 *   `fetch` does
 */
export async function answerRequest(
  request: ChatRequest,
  call: CallRecord,
  context: CallContext,
  wire: Wire,
): Promise<Response> {
  const { script, gate, delayMs, createdSeconds, nth, released, signal } = context;
  const modelBehaviour = behaviourOf(request.model);
  const contextLength =
    modelBehaviour === undefined ? CONTEXT_LENGTHS[request.model] : FAULTY_CONTEXT_LENGTH;
  if (contextLength === undefined) {
    call.end("complete");
    const message = `The model '${request.model}' does not exist or you do not have access to it.`;
    return wire.error({ ...ERRORS_BY_STATUS[404], status: 404, message });
  }
  const behaviour = script ?? modelBehaviour ?? {};
  signal.addEventListener("abort", () => call.end("cancelled"));
  const waitForTurn = async (): Promise<void> => {
    await pause(behaviour.delayMs ?? delayMs);
    await gate?.pass();
  };
  const beforeFrame = async (): Promise<void> => {
    await Promise.race([waitForTurn(), call.ended]);
  };
  const delivery: Delivery = { call, behaviour, beforeFrame, released, wire };
  const replacement = await replacementReply(delivery, signal);
  if (replacement !== null) return replacement;

  const reply = buildReply(request, contextLength, behaviour.outputTokens, wire.thinks);
  if ("status" in reply) {
    call.end("complete");
    return wire.error(reply);
  }
  const head: ReplyHead = {
    id: wire.idPrefix + String(nth).padStart(6, "0"),
    createdSeconds,
    model: request.model,
  };
  if ((request.stream === true) !== (behaviour.otherForm === true)) {
    const events = wire.frames(head, reply, behaviour);
    return new Response(streamBody(events, delivery, signal), {
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
    });
  }
  const text = JSON.stringify(wire.whole(head, reply, behaviour));
  const headers = { "content-type": "application/json" };
  if (behaviour.breakOff !== undefined)
    return new Response(streamBody(splitInHalf(text), delivery, signal), { headers });
  await beforeFrame();
  signal.throwIfAborted();
  call.end("complete");
  return new Response(text, { headers });
}
