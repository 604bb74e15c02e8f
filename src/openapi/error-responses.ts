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
          description: "The field, setting or Stripe code that caused the error.",
        },
        details: {
          type: "object",
          description:
            "The message's figures and names, such as the `rule` of a field and its `limit`.",
          additionalProperties: { anyOf: [{ type: "string" }, { type: "number" }] },
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
    description: "The request is invalid. `param` names the field.",
    example: example(
      "invalid_request_error",
      "invalid_request",
      "limit: must be at most 100",
      "limit",
    ),
  },
  401: {
    description: "The credentials are missing or invalid.",
    example: example(
      "authentication_error",
      "invalid_token",
      "This session has ended. Sign in again.",
    ),
  },
  402: {
    description:
      "Neither the plan's allowance nor credits cover this. The body says where to upgrade.",
    example: {
      error: {
        ...example(
          "insufficient_quota",
          "insufficient_quota",
          "You've used all of today's messages in your plan.",
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
    description: "The caller isn't allowed to do this.",
    example: example("permission_error", "missing_scope", 'This API key lacks the scope "read".'),
  },
  404: {
    description: "It doesn't exist, or belongs to another user.",
    example: example("not_found_error", "not_found", "There is no order ord_1."),
  },
  409: {
    description: "The current state doesn't allow it, or the `Idempotency-Key` is in use.",
    example: example(
      "invalid_request_error",
      "conflict",
      "This checkout can't be canceled: its status is succeeded.",
      "status",
    ),
  },
  413: {
    description: "The body is larger than 1 MiB, or than `MAX_BODY_MIB` under `/v1`.",
    example: example("invalid_request_error", "body_too_large", "The body is larger than 1 MiB."),
  },
  415: {
    description: "The body isn't JSON.",
    example: example(
      "invalid_request_error",
      "unsupported_media_type",
      "Send the body as JSON, with content-type: application/json.",
    ),
  },
  422: {
    description: "Stripe declined the request. Its code is in `param`.",
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
      "You've reached the limit of 30 payment requests in 15 minutes.",
    ),
  },
  500: {
    description: "A bug. `x-request-id` names the request in the log.",
    example: example(
      "api_error",
      "internal_error",
      "Something went wrong on our side. You weren't charged.",
    ),
  },
  502: {
    description: "The model provider failed. Nothing was charged.",
    example: example("api_error", "upstream_error", "We couldn't reach the model."),
  },
  503: {
    description:
      "Stripe or the account can't be reached, or a setting is wrong. Nothing was charged.",
    example: example("api_error", "billing_unavailable", "We can't reach Stripe right now."),
  },
  504: {
    description: "The model provider didn't respond in time. Nothing was charged.",
    example: example("api_error", "upstream_timeout", "The model didn't respond in time."),
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
