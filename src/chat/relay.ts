import type { RelayEnding } from "../account/index.ts";
import type { Transcript } from "./transcript.ts";

/**
 * Returns how a relay ended whose upstream closed the connection in good order: a vendor may do so
 * in the middle of a reply, or after an error.
 */
export function endingOf(transcript: Transcript): RelayEnding {
  const { hasFinished, hasError } = transcript.ending;
  return hasFinished && !hasError ? "complete" : "upstream_failed";
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
