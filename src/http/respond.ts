import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Context as RequestContext } from "../context.ts";
import type { Failure, FailureCode, FailureDetails } from "../errors.ts";

/**
 * The one place where a reason becomes a status. Exhaustive: a new code does not compile without
 * its row.
 */
export const STATUS: Readonly<Record<FailureCode, ContentfulStatusCode>> = {
  invalid_request: 400,
  invalid_signature: 400,
  idempotency_key_reused: 400,
  invalid_api_key: 401,
  invalid_token: 401,
  token_expired: 401,
  invalid_credentials: 401,
  insufficient_quota: 402,
  missing_scope: 403,
  admin_only: 403,
  second_factor_required: 403,
  recent_sign_in_required: 403,
  account_suspended: 403,
  payment_required_for_keys: 403,
  purchase_limit_exceeded: 403,
  not_found: 404,
  model_not_found: 404,
  conflict: 409,
  email_taken: 409,
  link_required: 409,
  identity_taken: 409,
  limit_reached: 409,
  idempotency_key_in_use: 409,
  already_purchased: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  card_declined: 422,
  stripe_refused: 422,
  not_refundable: 422,
  rate_limit_exceeded: 429,
  provider_refused: 403,
  email_not_proved: 403,
  provider_error: 502,
  upstream_error: 502,
  upstream_timeout: 504,
  billing_unavailable: 503,
  server_busy: 503,
  misconfigured: 503,
  internal_error: 500,
};

/** OpenAI's error types, by status, so that its SDKs raise the class that a caller expects. */
function errorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 402) return "insufficient_quota";
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "api_error" : "invalid_request_error";
}

/** The details of a failure, with the time to wait, if it has any. */
function detailsOf({ details, retryAfterSeconds }: Failure): { details?: FailureDetails } {
  if (retryAfterSeconds !== undefined) return { details: { ...details, retryAfterSeconds } };
  return details === undefined ? {} : { details };
}

/**
 * A failure in OpenAI's shape: `{error: {message, type, code, param}}`. A 402 adds what is used up
 * and where to buy what unlocks it.
 * @param publicUrl where the pages are
 */
export function errorBody(failure: Failure, publicUrl: string) {
  const { code, message, param = null, quota, paymentUrl, problems, vendorCode = code } = failure;
  const unlock = STATUS[code] === 402 ? { ...quota, upgradeUrl: `${publicUrl}/pricing` } : {};
  const pay = paymentUrl === undefined ? {} : { paymentUrl };
  const setUp = problems === undefined ? {} : { problems };
  const type = errorType(STATUS[code]);
  return {
    error: {
      message,
      type,
      code: vendorCode,
      param,
      ...detailsOf(failure),
      ...unlock,
      ...pay,
      ...setUp,
    },
  };
}

/**
 * Returns a failure as programs of other people's show it, which show the message and no other
 * field: a 402 says in it where there is more.
 */
const withAddress = (failure: Failure, publicUrl: string): Failure => ({
  ...failure,
  message: `${failure.message} More: ${publicUrl}/pricing`,
});

/** Answers a request with a failure. */
export function refuse(c: Context, failure: Failure) {
  const { code, retryAfterSeconds } = failure;
  if (retryAfterSeconds !== undefined) c.header("retry-after", String(retryAfterSeconds));
  // Absent only when the settings themselves are what is refused.
  const ctx: RequestContext | undefined = c.get("ctx");
  const publicUrl = ctx?.config.PUBLIC_URL ?? "";
  const isForProgram = STATUS[code] === 402 && c.req.path.startsWith("/v1/");
  const shown = isForProgram ? withAddress(failure, publicUrl) : failure;
  return c.json(errorBody(shown, publicUrl), STATUS[code]);
}
