import type { ChatRequest } from "./request.ts";

/**
 * How a call ended: told in full, given up by the caller, or broken off by the behaviour that a
 * test asked for.
 */
export type Outcome = "complete" | "cancelled" | "broken";

/** One call of `POST /v1/chat/completions`, as it arrived and as it ended. */
export interface Call {
  readonly headers: Headers;
  readonly rawBody: string;
  /** The body as parsed; null where it was refused. */
  readonly request: ChatRequest | null;
  /** How many frames of a stream have been handed over so far. */
  readonly framesSent: number;
  /** Null while it runs. */
  readonly outcome: Outcome | null;
  /**
   * Resolves when the call ends, so that a test can wait for "upstream was stopped" without a
   * clock.
   */
  readonly ended: Promise<Outcome>;
}

/** The model's own hand on a call. */
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

  /** The first end counts. */
  end(outcome: Outcome): void {
    if (this.outcome !== null) return;
    this.outcome = outcome;
    this.#resolve(outcome);
  }
}
