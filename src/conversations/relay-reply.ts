import { type ChatTextAnswer, FINISH_REASON_ERROR } from "../chat/index.ts";
import type { Failure } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import { toMicrocredits } from "../units.ts";
import { frames, type StreamHead } from "./stream-frames.ts";
import type { AnsweredTurn, TurnEnd } from "./types.ts";

/** A longer reply is not read to its end: it is kept in memory and stored whole. */
const REPLY_CHARACTERS_MAX = 4_000_000;
/** The time that a client has for the rest of the stream once the chat is over. */
const LAST_SEND_MS = 15 * SECOND_MS;

const NOT_STORED: Failure = {
  code: "internal_error",
  message: "The reply couldn't be saved, or its conversation was deleted.",
};

interface RelayParams {
  readonly head: StreamHead;
  readonly answer: Extract<ChatTextAnswer, { kind: "stream" }>;
  readonly publicUrl: string;
  /** Stores how the turn ended. */
  readonly endTurn: (end: TurnEnd) => Promise<AnsweredTurn | null>;
}

/**
 * The client's end of a stream. After a write that fails it drops everything: the client has left.
 */
class ClientStream {
  readonly #encoder = new TextEncoder();
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #deadline: Promise<false>;
  hasLeft = false;

  /** @param deadline resolves when the client gets no more time */
  constructor(writable: WritableStream<Uint8Array>, deadline: Promise<false>) {
    this.#writer = writable.getWriter();
    this.#deadline = deadline;
  }

  async send(frame: string): Promise<void> {
    if (this.hasLeft) return;
    const written = this.#writer.write(this.#encoder.encode(frame)).then(
      () => true,
      () => false,
    );
    this.hasLeft = !(await Promise.race([written, this.#deadline]));
  }

  close(): void {
    // Not awaited: it is closed when the client has read the last of it.
    (this.hasLeft ? this.#writer.abort() : this.#writer.close()).catch(() => undefined);
  }
}

/** The part of a reply that was read. */
interface ReceivedReply {
  text: string;
  /** The first one, as `[DONE]` only repeats that the reply is over; but an error at any time. */
  finishReason: string | null;
}

/** Returns why a reply is partial; null for one that is too long to be kept whole. */
function whyPartial(hasLeft: boolean, text: string): "client_gone" | "upstream_error" | null {
  if (hasLeft) return "client_gone";
  return text.length > REPLY_CHARACTERS_MAX ? null : "upstream_error";
}

/**
 * Relays a reply as frames while it comes, and stores it when it is over, whether or not the client
 * is still there to read it.
 * @returns the client's stream, and the work that has to be kept alive
 */
export function relayReply({ head, answer, publicUrl, endTurn }: RelayParams): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly work: Promise<void>;
} {
  const { readable, writable } = new IdentityTransformStream();
  const client = new ClientStream(
    writable,
    answer.ended.then(() => scheduler.wait(LAST_SEND_MS)).then(() => false as const),
  );

  async function receive(received: ReceivedReply): Promise<void> {
    try {
      for await (const { text, reasoning, finishReason } of answer.deltas) {
        received.finishReason =
          finishReason === FINISH_REASON_ERROR
            ? finishReason
            : (received.finishReason ?? finishReason);
        received.text += text;
        if (reasoning !== "") await client.send(frames.reasoning(head, reasoning));
        if (text !== "") await client.send(frames.delta(head, text));
        if (client.hasLeft || received.text.length > REPLY_CHARACTERS_MAX) return;
      }
    } catch {
      // The upstream broke off: `ended` has the outcome.
    }
  }

  async function run(): Promise<void> {
    const received: ReceivedReply = { text: "", finishReason: null };
    await client.send(frames.begin(head));
    await receive(received);
    const { measured, cost } = await answer.ended;
    if (measured === null) {
      await endTurn({ kind: "failed", code: client.hasLeft ? "client_gone" : "upstream_error" });
      await client.send(frames.brokeOff(publicUrl));
      return;
    }
    const { input: inputTokens, output: outputTokens } = measured.usage;
    const replyUsage = {
      model: head.model,
      inputTokens,
      outputTokens,
      microcredits: toMicrocredits(cost),
    };
    const finish = received.finishReason === FINISH_REASON_ERROR ? null : received.finishReason;
    const status = finish === null ? "partial" : "complete";
    const error = finish === null ? whyPartial(client.hasLeft, received.text) : null;
    const answered = await endTurn({
      kind: "answered",
      text: received.text,
      status,
      error,
      fare: replyUsage,
    });
    if (finish !== null) await client.send(frames.finish(head, finish));
    if (answered !== null) await client.send(frames.stored(head, answered));
    if (answered === null) await client.send(frames.error(NOT_STORED, publicUrl));
    else await client.send(finish === null ? frames.brokeOff(publicUrl) : frames.done);
  }
  return { stream: readable, work: run().finally(() => client.close()) };
}
