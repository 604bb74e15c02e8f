import { asObject, asText, type Json } from "../json-fields.ts";

/** The statuses of Anthropic's errors (https://platform.claude.com/docs/en/api/errors). */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Converts the error that a reply reports. */
export function toReplyError(event: Json): { message: string; type: string; code: number } {
  const { type, message } = asObject(event["error"]);
  const named = asText(type) || "api_error";
  return {
    message: asText(message) || "The model provider ended this reply with an error.",
    type: named,
    code: STATUSES[named] ?? 500,
  };
}
