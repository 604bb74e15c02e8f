/**
 * Every way a request can be refused. The wire form of each is decided in one place,
 * `http/respond.ts`. An expected failure is a value of type `Failure`; only bugs throw.
 */
export type FailureCode =
  | "invalid_request"
  | "invalid_signature"
  | "idempotency_key_reused"
  | "invalid_api_key"
  | "invalid_token"
  | "token_expired"
  | "invalid_credentials"
  | "insufficient_quota"
  | "missing_scope"
  | "admin_only"
  | "payment_required_for_keys"
  | "purchase_limit_exceeded"
  | "not_found"
  | "model_not_found"
  | "conflict"
  | "email_taken"
  | "limit_reached"
  | "idempotency_key_in_use"
  | "already_purchased"
  | "body_too_large"
  | "unsupported_media_type"
  | "card_declined"
  | "stripe_refused"
  | "not_refundable"
  | "rate_limit_exceeded"
  | "upstream_error"
  | "upstream_timeout"
  | "billing_unavailable"
  | "server_busy"
  | "misconfigured"
  | "internal_error";

/**
 * What a 402 tells beside its message. Credits are decimal. `http/respond.ts` adds where to buy
 * what unlocks it.
 */
export interface QuotaDetails {
  readonly meter: string | null;
  readonly limit: number | null;
  readonly used: number | null;
  readonly resetsAt: string | null;
  readonly available: number;
}

/** Why something was refused. `param` names the field, setting or Stripe code that is to blame. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly param?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly quota?: QuotaDetails | undefined;
  /** Of a request that a model provider refuses: its own code, which is shown in place of ours. */
  readonly vendorCode?: string | undefined;
  /** Of a 402: Stripe's page on which just this can be paid. */
  readonly paymentUrl?: string | undefined;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** Wraps a value as success. */
export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** Wraps a reason as failure. */
export const fail = (
  code: FailureCode,
  message: string,
  more: Omit<Failure, "code" | "message"> = {},
) => ({ ok: false, failure: { code, message, ...more } }) as const;

/**
 * A failure that has to cross code which knows nothing of failures (a middleware, a library's
 * callback). `app.onError` maps it as `refuse` would. Everywhere else, return a `Result`.
 */
export class Refusal extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = "Refusal";
    this.failure = failure;
  }
}
