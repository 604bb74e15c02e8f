import type { OpenAPIV3_1 } from "openapi-types";
import type { FailureCode } from "../errors.ts";
import { STATUS } from "../http/respond.ts";

const STRING_OR_NULL: OpenAPIV3_1.SchemaObject = { anyOf: [{ type: "string" }, { type: "null" }] };

/** The shape of every error, as OpenAI's clients expect it. */
export const ERROR_SCHEMA: OpenAPIV3_1.SchemaObject = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "code", "param"],
      properties: {
        message: { type: "string" },
        type: { type: "string" },
        code: { type: "string" },
        param: {
          ...STRING_OR_NULL,
          description: "The field, setting or Stripe code that is to blame.",
        },
      },
    },
  },
};

const example = (type: string, code: string, message: string, param: string | null = null) => ({
  error: { message, type, code, param },
});

/** Each status that can be answered when something is wrong, with an example. */
export const ERRORS = {
  400: {
    description: "The request does not fit: `param` names the field.",
    example: example(
      "invalid_request_error",
      "invalid_request",
      "limit: must be at most 100",
      "limit",
    ),
  },
  401: {
    description: "Who is calling is not known.",
    example: example(
      "authentication_error",
      "invalid_token",
      "This session has ended. Sign in again.",
    ),
  },
  402: {
    description: "No allowance and no credits pay for this. The body says where to buy what does.",
    example: {
      error: {
        ...example(
          "insufficient_quota",
          "insufficient_quota",
          "The plan's messages of today are used up.",
        ).error,
        meter: "message",
        limit: 50,
        used: 50,
        resetsAt: "2027-01-02T00:00:00.000Z",
        available: 0,
        upgradeUrl: "https://example.com/pricing",
      },
    },
  },
  403: {
    description: "Known, but not allowed.",
    example: example(
      "permission_error",
      "missing_scope",
      "This key may not do that: it has no scope read.",
    ),
  },
  404: {
    description: "There is no such thing, or it is another user's.",
    example: example("not_found_error", "not_found", "There is no order ord_1."),
  },
  409: {
    description: "The state says no, or an `Idempotency-Key` is in use.",
    example: example(
      "invalid_request_error",
      "conflict",
      "This checkout can no longer be canceled: it is succeeded.",
      "status",
    ),
  },
  413: {
    description: "The body is larger than 1 MiB, or than `MAX_BODY_MIB` under `/v1`.",
    example: example("invalid_request_error", "body_too_large", "The body is larger than 1 MiB."),
  },
  415: {
    description: "The body is not JSON.",
    example: example(
      "invalid_request_error",
      "unsupported_media_type",
      "Send the body as JSON, with content-type: application/json.",
    ),
  },
  422: {
    description: "Stripe says no: its own code is in `param`.",
    example: example(
      "invalid_request_error",
      "card_declined",
      "Your card was declined.",
      "card_declined",
    ),
  },
  429: {
    description: "Too many requests: `retry-after` says when to try again.",
    example: example(
      "rate_limit_error",
      "rate_limit_exceeded",
      "30 payment requests in 15 minutes are enough.",
    ),
  },
  500: {
    description: "A bug. `x-request-id` names the request in the log.",
    example: example(
      "api_error",
      "internal_error",
      "Something went wrong on our side. Nothing was charged.",
    ),
  },
  502: {
    description: "The model's seller failed. Nothing was charged.",
    example: example("api_error", "upstream_error", "The model could not be reached."),
  },
  503: {
    description:
      "Stripe or the account cannot be reached, or a setting is wrong. Nothing was charged.",
    example: example("api_error", "billing_unavailable", "Stripe cannot be reached at the moment."),
  },
  504: {
    description: "The model's seller did not answer in time. Nothing was charged.",
    example: example("api_error", "upstream_timeout", "The model did not answer in time."),
  },
} as const;

export type ErrorStatus = keyof typeof ERRORS;

const isErrorStatus = (status: number): status is ErrorStatus => status in ERRORS;

/** Groups failures by the status that each is answered with, from the lowest status on. */
export function groupByStatus(
  failures: Iterable<FailureCode>,
): readonly (readonly [ErrorStatus, readonly FailureCode[]])[] {
  const groups = Map.groupBy(failures, (code) => STATUS[code]);
  return [...groups]
    .flatMap(([status, codes]) => (isErrorStatus(status) ? [[status, codes] as const] : []))
    .toSorted(([a], [b]) => a - b);
}
