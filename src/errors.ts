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
  | "second_factor_required"
  | "recent_sign_in_required"
  | "account_suspended"
  | "payment_required_for_keys"
  | "purchase_limit_exceeded"
  | "not_found"
  | "model_not_found"
  | "conflict"
  | "email_taken"
  | "link_required"
  | "identity_taken"
  | "limit_reached"
  | "idempotency_key_in_use"
  | "already_purchased"
  | "body_too_large"
  | "unsupported_media_type"
  | "card_declined"
  | "stripe_refused"
  | "not_refundable"
  | "rate_limit_exceeded"
  | "provider_refused"
  | "email_not_proved"
  | "provider_error"
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

/** One thing that keeps Farebox from running, which only its operator can change. */
export interface SetupProblem {
  /** The setting, or `migrations` or `catalog`. */
  readonly name: string;
  readonly problem: "missing" | "invalid" | "example";
  /** What is wrong, without the value. */
  readonly reason: string;
  /** What it is for, and a value of the right form; null where nothing is known of it. */
  readonly purpose: string | null;
  readonly example: string | null;
}

/**
 * The figures and names of a message, so that a client can say it in words of its own: the rule of
 * a field (`too_high`) with its limit, or the model that a plan lacks.
 */
export type FailureDetails = Readonly<Record<string, string | number>>;

/** Why something was refused. `param` names the field, setting or Stripe code that is to blame. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly param?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly details?: FailureDetails | undefined;
  readonly quota?: QuotaDetails | undefined;
  /** Of a request that a model provider refuses: its own code, which is shown in place of ours. */
  readonly vendorCode?: string | undefined;
  /** Of a 402: Stripe's page on which just this can be paid. */
  readonly paymentUrl?: string | undefined;
  /** Of `misconfigured`: everything that the operator has to change, at once. */
  readonly problems?: readonly SetupProblem[] | undefined;
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
