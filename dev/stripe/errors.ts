type ErrorType = "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";

/** What Stripe says in `error`. `doc_url` and `request_log_url` are added when it is answered. */
export interface ErrorBody {
  readonly type: ErrorType;
  readonly message: string;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly decline_code?: string | undefined;
  /** The charge that was tried. */
  readonly charge?: string | undefined;
  /** What the refusal is about, whole. */
  readonly payment_intent?: object | undefined;
  readonly payment_method?: object | undefined;
  readonly setup_intent?: object | undefined;
}

/**
 * A request that Stripe refuses. Thrown anywhere while a request is handled, and answered in one
 * place.
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
 * A refusal that leaves something behind: a declined card's failed charge is kept, where any other
 * refusal takes all back.
 */
export class Declined extends ApiError {
  constructor(body: Omit<ErrorBody, "type">) {
    super(402, { type: "card_error", ...body });
  }
}

/** 400 for a request that does not make sense, naming the parameter at fault. */
export const invalid = (message: string, param?: string, code?: string): ApiError =>
  new ApiError(400, { type: "invalid_request_error", message, param, code });

/**
 * An id that names nothing: 404 where it is the thing asked for, 400 where it is a parameter of
 * something else.
 */
export const missing = (kind: string, id: string, param = "id"): ApiError =>
  new ApiError(param === "id" ? 404 : 400, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${kind}: '${id}'`,
    param,
  });

/** The body of an error reply. */
export function errorEnvelope(body: ErrorBody, origin: string, requestId: string) {
  const docs =
    body.code === undefined
      ? {}
      : { doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll("_", "-")}` };
  return { error: { ...body, ...docs, request_log_url: `${origin}/#${requestId}` } };
}
