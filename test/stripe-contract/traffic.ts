/** A request to Stripe and its answer. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** The parameters as they were sent: the query of a GET, the form of any other method. */
  readonly params: string;
  readonly idempotencyKey: string | null;
  readonly status: number;
  /** The body: JSON as text. */
  readonly answer: string;
  /** Whether the Worker asked. A test may ask for what Stripe refuses, to see it refused. */
  readonly isOfWorker: boolean;
}

/** An event as it is sent to a webhook. */
export interface SentEvent {
  readonly type: string;
  readonly data: { readonly object: object };
}

/** All that passed between the Worker, or a test, and a local Stripe. */
export interface Traffic {
  readonly exchanges: readonly Exchange[];
  readonly events: readonly SentEvent[];
}
