import { asObject, given, isObject, type Json } from "../json-fields.ts";

/** Converts the count of a response to a chat's: its names alone are others. */
export function toChatUsage(usage: unknown): Json | undefined {
  if (!isObject(usage)) return undefined;
  const { input_tokens, output_tokens, total_tokens } = usage;
  return {
    ...given("prompt_tokens", input_tokens),
    ...given("completion_tokens", output_tokens),
    ...given("total_tokens", total_tokens),
    prompt_tokens_details: asObject(usage["input_tokens_details"]),
    completion_tokens_details: asObject(usage["output_tokens_details"]),
  };
}
