import type { RelayEnding } from "../account/index.ts";
import type { Transcript } from "./transcript.ts";

/**
 * A stream on its way to the client, and how it will have ended. `ended` never rejects; the
 * transcript is complete then.
 */
export interface Relay {
  readonly stream: ReadableStream<Uint8Array>;
  readonly ended: Promise<RelayEnding>;
}

/** What a relay works with. */
export interface RelayContext {
  /** What the client is sent goes here. */
  readonly transcript: Transcript;
  /** Called at signs of life. */
  readonly onActivity: () => void;
  /** Aborts when the upstream is given up. */
  readonly signal: AbortSignal;
}
