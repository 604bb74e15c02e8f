import type { Failure } from "../../errors.ts";

/** Fields of a chat, by their names in this API. */
const NAMES: Readonly<Record<string, string>> = {
  messages: "input",
  max_completion_tokens: "max_output_tokens",
  max_tokens: "max_output_tokens",
  response_format: "text.format",
  reasoning_effort: "reasoning.effort",
  verbosity: "text.verbosity",
};

/** Returns the place in the client's own request of a field of the chat that it was made to. */
function toPlace(param: string, places: readonly string[]): string {
  const message = /^messages\.(\d+)/.exec(param);
  const item = message === null ? undefined : places[Number(message[1])];
  if (message !== null && item !== undefined)
    return item + param.slice(message[0].length).replace(".image_url.url", ".image_url");
  const [name = "", ...rest] = param.split(".");
  const known = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return [known ?? name, ...rest].join(".");
}

/** Returns a refusal of the chat with the field's place in the request for the response. */
export function toItemPlace(failure: Failure, places: readonly string[]): Failure {
  const { param, message } = failure;
  if (failure.code !== "invalid_request" || param === undefined) return failure;
  const place = toPlace(param, places);
  return {
    ...failure,
    param: place,
    message: message.startsWith(`${param}:`) ? place + message.slice(param.length) : message,
  };
}
