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
 * Closes a client's stream, with an error where the reply is not whole and no error of the vendor's
 * said so. Not awaited: the client reads the last of it when the chat is over. One that reads no
 * more is dropped.
 */
export function closeStream(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  ending: RelayEnding,
  { transcript, brokeOff }: RelayContext,
): void {
  const needsError = ending === "upstream_failed" && !transcript.ending.hasError;
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

/** The surroundings of a relay. */
export interface RelayContext {
  /** Records everything that the client is sent. */
  readonly transcript: Transcript;
  /** The frame that tells the client of a reply that broke off. */
  readonly brokeOff: string;
  /** Called at signs of life. */
  readonly onActivity: () => void;
  /** Aborts when the upstream's time is over. */
  readonly signal: AbortSignal;
}
