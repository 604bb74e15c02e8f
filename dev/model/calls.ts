import type { ChatRequest } from "./request.ts";

/**
 * The outcome of a call: complete, cancelled by the caller, or broken off by the behaviour that a
 * test scripted.
 */
export type Outcome = "complete" | "cancelled" | "broken";

/** One call of `POST /v1/chat/completions`. */
export interface Call {
  readonly headers: Headers;
  readonly rawBody: string;
  /** The parsed body; null if it was refused. */
  readonly request: ChatRequest | null;
  /** The number of frames sent so far. */
  readonly framesSent: number;
  /** The outcome; null while the call runs. */
  readonly outcome: Outcome | null;
  /** Resolves when the call ends, so that a test can wait for a cancellation without a clock. */
  readonly ended: Promise<Outcome>;
}

/** A call as the model updates it. */
export class CallRecord implements Call {
  readonly headers: Headers;
  readonly rawBody: string;
  request: ChatRequest | null = null;
  framesSent = 0;
  outcome: Outcome | null = null;
  readonly ended: Promise<Outcome>;
  readonly #resolve: (outcome: Outcome) => void;

  constructor(headers: Headers, rawBody: string) {
    this.headers = headers;
    this.rawBody = rawBody;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  /** Ends the call. Only the first end counts. */
  end(outcome: Outcome): void {
    if (this.outcome !== null) return;
    this.outcome = outcome;
    this.#resolve(outcome);
  }
}
