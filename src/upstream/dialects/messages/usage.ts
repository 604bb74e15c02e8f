import { asObject, isCount, isObject, type Json } from "../json-fields.ts";

const COUNTS = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"] as const;

/**
 * Joins two counts of one reply: a stream begins with one of the prompt, and ends with one of the
 * reply, in which the prompt's may be null.
 */
export function joinUsage(before: Json, next: unknown): Json {
  const told = Object.entries(asObject(next)).filter(([, value]) => value !== null);
  return { ...before, ...Object.fromEntries(told) };
}

const count = (value: unknown): number => (isCount(value) ? value : 0);

/**
 * Converts Anthropic's count, where tokens of a cache are beside the input, to OpenAI's. A count
 * that is none is left out.
 */
export function toChatUsage(usage: Json): Json {
  const [input, read, written] = COUNTS.map((name) => usage[name]);
  const { output_tokens: output, output_tokens_details: details, cache_creation: kinds } = usage;
  const { thinking_tokens: thoughts } = asObject(details);
  const cached = { cached_tokens: count(read), cache_write_tokens: count(written) };
  const prompt = isCount(input) ? input + cached.cached_tokens + cached.cache_write_tokens : null;
  return {
    ...(prompt === null ? {} : { prompt_tokens: prompt }),
    ...(isCount(output) ? { completion_tokens: output } : {}),
    ...(prompt !== null && isCount(output) ? { total_tokens: prompt + output } : {}),
    prompt_tokens_details: { ...cached, ...(isObject(kinds) ? { cache_creation: kinds } : {}) },
    completion_tokens_details: { reasoning_tokens: count(thoughts) },
  };
}
