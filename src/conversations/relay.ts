import { BROKE_OFF, type TalkAnswer } from "../chat/index.ts";
import type { Failure } from "../errors.ts";
import { toMicrocredits } from "../units.ts";
import { frames, type Speaker } from "./stream-frames.ts";
import type { Answered, TurnEnd } from "./types.ts";

/** A reply that is longer is not read to its end: it is kept in memory and stored whole. */
const MOST_CHARACTERS = 4_000_000;
/** How long a client may take for what is left to send once the ride is over. */
const LAST_SEND_MS = 15_000;

const NOT_STORED: Failure = {
  code: "internal_error",
  message: "The reply could not be stored, or its conversation was deleted.",
};

interface RelayParams {
  readonly speaker: Speaker;
  readonly answer: Extract<TalkAnswer, { kind: "stream" }>;
  readonly publicUrl: string;
  /** Writes down how the turn ended. */
  readonly store: (end: TurnEnd) => Promise<Answered | null>;
}

/**
 * The client's end of a stream. After a write that fails it takes everything and sends nothing: the
 * client has left.
 */
class Client {
  readonly #encoder = new TextEncoder();
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #over: Promise<false>;
  left = false;

  /** @param over resolves when the client gets no more time */
  constructor(writable: WritableStream<Uint8Array>, over: Promise<false>) {
    this.#writer = writable.getWriter();
    this.#over = over;
  }

  async send(frame: string): Promise<void> {
    if (this.left) return;
    const written = this.#writer.write(this.#encoder.encode(frame)).then(
      () => true,
      () => false,
    );
    this.left = !(await Promise.race([written, this.#over]));
  }

  close(): void {
    // Not awaited: it is closed when the client has read the last of it.
    (this.left ? this.#writer.abort() : this.#writer.close()).catch(() => undefined);
  }
}

/** What was read of a reply. */
interface Heard {
  text: string;
  /**
   * The first that is told, as `[DONE]` tells no more than that it is over; but an error whenever
   * it is told.
   */
  finishReason: string | null;
}

/**
 * Passes a reply on as frames while it comes, and stores it when it is over, whoever is still there
 * to read it.
 * @returns the client's stream, and the work that has to be kept alive
 */
export function relayReply({ speaker, answer, publicUrl, store }: RelayParams): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly work: Promise<void>;
} {
  const { readable, writable } = new IdentityTransformStream();
  const client = new Client(
    writable,
    answer.ended.then(() => scheduler.wait(LAST_SEND_MS)).then(() => false as const),
  );

  async function listen(heard: Heard): Promise<void> {
    try {
      for await (const { text, finishReason } of answer.pieces) {
        heard.finishReason =
          finishReason === BROKE_OFF ? finishReason : (heard.finishReason ?? finishReason);
        heard.text += text;
        if (text !== "") await client.send(frames.delta(speaker, text));
        if (client.left || heard.text.length > MOST_CHARACTERS) return;
      }
    } catch {
      // The upstream broke off: `ended` tells.
    }
  }

  async function follow(): Promise<void> {
    const heard: Heard = { text: "", finishReason: null };
    await client.send(frames.begin(speaker));
    await listen(heard);
    const { measured, cost } = await answer.ended;
    if (measured === null) {
      await store({ kind: "failed", code: client.left ? "client_gone" : "upstream_error" });
      await client.send(frames.brokeOff(publicUrl));
      return;
    }
    const { input: inputTokens, output: outputTokens } = measured.usage;
    const fare = {
      model: speaker.model,
      inputTokens,
      outputTokens,
      microcredits: toMicrocredits(cost),
    };
    const finish = heard.finishReason === BROKE_OFF ? null : heard.finishReason;
    const status = finish === null ? "partial" : "complete";
    const answered = await store({ kind: "answered", text: heard.text, status, fare });
    if (finish !== null) await client.send(frames.finish(speaker, finish));
    if (answered !== null) await client.send(frames.stored(speaker, answered));
    if (answered === null) await client.send(frames.error(NOT_STORED, publicUrl));
    else await client.send(finish === null ? frames.brokeOff(publicUrl) : frames.done);
  }
  return { stream: readable, work: follow().finally(() => client.close()) };
}
