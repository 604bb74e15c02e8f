import type { RelayEnding } from "../account/index.ts";
import { SECOND_MS } from "../time.ts";
import type { Transcript } from "./transcript.ts";

/**
 * Returns how a relay ended whose upstream closed the connection in good order: a vendor may do so
 * in the middle of a reply, or after an error.
 */
export function endingOf(transcript: Transcript): RelayEnding {
  const { hasFinished, hasError } = transcript.ending;
  return hasFinished && !hasError ? "complete" : "upstream_failed";
}

/** The time that a client has to read the end of a reply that broke off. */
const LAST_SEND_MS = 15 * SECOND_MS;

/**
 * The time left of an upstream's stream after its client has left. The stream is read on for its
 * count: the vendor bills what it served, seen or not.
 */
export class ReadOn {
  readonly #over = Promise.withResolvers<null>();
  #hasClientLeft = false;

  get hasClientLeft(): boolean {
    return this.#hasClientLeft;
  }

  /** Records that the client has left. From now on the time runs. */
  clientLeft({ readOnMs, signal }: RelaySurroundings): void {
    if (this.#hasClientLeft) return;
    this.#hasClientLeft = true;
    const end = () => this.#over.resolve(null);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    void scheduler.wait(readOnMs).then(end);
  }

  /** Returns what a read brings, or null when the time is over before. */
  orOver<Read>(reading: Promise<Read>): Promise<Read | null> {
    return Promise.race([reading, this.#over.promise]);
  }
}

/**
 * Closes a client's stream, with an error where the reply is not whole and no error of the vendor's
 * said so as its clients expect. Not awaited: the client reads the last of it when the chat is
 * over. One that reads no more is dropped.
 */
export function closeStream(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  ending: RelayEnding,
  { transcript, brokeOff }: RelayContext,
): void {
  const needsError = ending === "upstream_failed" && !transcript.hasPlainError;
  if (needsError) writer.write(new TextEncoder().encode(brokeOff)).catch(() => undefined);
  const closed = writer.close().catch(() => undefined);
  if (needsError)
    void Promise.race([closed, scheduler.wait(LAST_SEND_MS)])
      .then(() => writer.abort())
      .catch(() => undefined);
}

/**
 * A stream on its way to the client, and its ending. When `ended` resolves, and it never rejects,
 * the transcript is complete.
 */
export interface Relay {
  readonly stream: ReadableStream<Uint8Array>;
  readonly ended: Promise<RelayEnding>;
}

/** Where a relay reports its events, and the time that it has. */
export interface RelaySurroundings {
  /** Called at signs of life. */
  readonly onActivity: () => void;
  /** The time for which the upstream is read after its client left. */
  readonly readOnMs: number;
  /** Aborts when the upstream's time is over. */
  readonly signal: AbortSignal;
}

/** The context of a stream's relay. */
export interface RelayContext extends RelaySurroundings {
  /** Records everything that the upstream sent. */
  readonly transcript: Transcript;
  /** The frame that tells the client of a reply that broke off. */
  readonly brokeOff: string;
}
