import type { RelayEnding } from "../account/index.ts";
import type { Transcript } from "./transcript.ts";

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
  /** Called at signs of life. */
  readonly onActivity: () => void;
  /** Aborts when the upstream's time is over. */
  readonly signal: AbortSignal;
}
