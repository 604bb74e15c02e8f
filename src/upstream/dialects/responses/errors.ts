import { asObject, asText, isObject, type Json } from "../json-fields.ts";

/** Returns the status that an error within a reply stands for: about images, the request's own. */
function statusOf(code: string): number {
  if (code === "rate_limit_exceeded") return 429;
  if (code === "insufficient_quota") return 402;
  const isOfRequest =
    /^(invalid_|image_|empty_image|unsupported_image|failed_to_download|context_length)/;
  return isOfRequest.test(code) ? 400 : 500;
}

/** Converts the error of a failed response, or of an event. */
export function toReplyError(event: Json): { message: string; type: string; code: number } {
  const error = isObject(event["error"]) ? event["error"] : event;
  const code = asText(asObject(error)["code"]) || "server_error";
  const message = asText(error["message"]);
  return {
    message: message || "The model provider ended this reply with an error.",
    type: code,
    code: statusOf(code),
  };
}
