type ErrorType = "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";

/** The `error` of a response. `doc_url` and `request_log_url` are added when it is sent. */
export interface ErrorBody {
  readonly type: ErrorType;
  readonly message: string;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly decline_code?: string | undefined;
  /** The id of the failed charge. */
  readonly charge?: string | undefined;
  /** The object that was refused. */
  readonly payment_intent?: object | undefined;
  readonly payment_method?: object | undefined;
  readonly setup_intent?: object | undefined;
}

/**
 * A request that Stripe refuses. It is thrown anywhere while a request is handled, and answered in
 * one place.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/**
 * A refusal whose writes are kept: a declined card's failed charge is stored, where any other
 * refusal rolls everything back.
 */
export class Declined extends ApiError {
  constructor(body: Omit<ErrorBody, "type">) {
    super(402, { type: "card_error", ...body });
  }
}

/** Returns a 400 for an invalid request, with the parameter at fault. */
export const invalid = (message: string, param?: string, code?: string): ApiError =>
  new ApiError(400, { type: "invalid_request_error", message, param, code });

/**
 * Returns the error for an unknown id: 404 if it is the requested object, 400 if it is a parameter.
 */
export const missing = (kind: string, id: string, param = "id"): ApiError =>
  new ApiError(param === "id" ? 404 : 400, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${kind}: '${id}'`,
    param,
  });

/** Returns the body of an error response. */
export function errorEnvelope(body: ErrorBody, origin: string, requestId: string) {
  const docs =
    body.code === undefined
      ? {}
      : { doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll("_", "-")}` };
  return { error: { ...body, ...docs, request_log_url: `${origin}/#${requestId}` } };
}
