/**
 * The names of vendors' counts within a usage, and how they add up. All count on the same surface,
 * OpenAI's chat completions, or behind proxies that pass their own names on.
 */

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns whether a part of an upstream's JSON is an object. By hand here and below, and not by
 * zod: every chat does this.
 */
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A count may be absurd, and is then beyond its bound; -1, 1.5, "800" and such are none. */
export const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0;

/** A count's place: a field, or a field within fields. */
type Place = string | readonly string[];

/**
 * The names of each count.
 *
 * - `prompt_tokens`, `completion_tokens`, `total_tokens`: OpenAI, Azure, and whoever is compatible
 *   (Mistral, xAI, Groq, Moonshot, Qwen, DeepSeek, Perplexity, OpenRouter, vLLM, Ollama)
 * - `input_tokens`, `output_tokens`: Anthropic, and OpenAI's Responses API
 * - `inputTokens`, `inputTokenCount`: Bedrock's Converse API, and its invocation metrics
 * - `promptTokenCount`, `candidatesTokenCount`: Gemini; with underscores in its older SDKs
 * - `prompt_eval_count`, `eval_count`: Ollama's own API
 * - `promptTokens`, `completionTokens`: proxies that are written with Vercel's AI SDK
 * - `billed_units`: Cohere, which counts all `tokens` beside those that it bills
 */
const PROMPT: readonly Place[] = [
  "prompt_tokens",
  "input_tokens",
  "inputTokens",
  "inputTokenCount",
  "promptTokenCount",
  "prompt_token_count",
  "prompt_eval_count",
  "promptTokens",
  ["billed_units", "input_tokens"],
];
const COMPLETION: readonly Place[] = [
  "completion_tokens",
  "output_tokens",
  "outputTokens",
  "outputTokenCount",
  "candidatesTokenCount",
  "candidates_token_count",
  "eval_count",
  "completionTokens",
  ["billed_units", "output_tokens"],
];
const TOTAL: readonly Place[] = [
  "total_tokens",
  "totalTokens",
  "totalTokenCount",
  "total_token_count",
];
/** Tokens of the prompt that its vendor counts beside it: what Gemini's own tools found. */
const MORE_PROMPT: readonly Place[] = ["toolUsePromptTokenCount", "tool_use_prompt_token_count"];

/**
 * Tokens of the prompt that were read from a cache.
 *
 * - `prompt_tokens_details.cached_tokens`: OpenAI, Azure, xAI, Groq, Qwen, OpenRouter, vLLM
 * - `input_tokens_details.cached_tokens`: OpenAI's Responses API
 * - `prompt_cache_hit_tokens`: DeepSeek (https://api-docs.deepseek.com/guides/kv_cache)
 * - `cached_tokens`: Moonshot; `num_cached_tokens`, `prompt_token_details`: Mistral
 * - `cache_read_input_tokens`: Anthropic
 * - `cacheReadInputTokens`, `cacheReadInputTokenCount`: Bedrock
 * - `cachedContentTokenCount`: Gemini
 * - `cachedInputTokens`: Vercel's AI SDK
 */
const CACHE_READ: readonly Place[] = [
  ["prompt_tokens_details", "cached_tokens"],
  ["input_tokens_details", "cached_tokens"],
  ["prompt_token_details", "cached_tokens"],
  ["prompt_tokens_details", "cache_read_input_tokens"],
  ["prompt_tokens_details", "cache_read_tokens"],
  "prompt_cache_hit_tokens",
  "cached_tokens",
  "num_cached_tokens",
  "cache_read_input_tokens",
  "cacheReadInputTokens",
  "cacheReadInputTokenCount",
  "cachedContentTokenCount",
  "cached_content_token_count",
  "cachedInputTokens",
];
/**
 * Tokens of the prompt that were written to a cache.
 *
 * - `prompt_tokens_details.cache_write_tokens`: OpenAI, OpenRouter
 * - `prompt_tokens_details.cache_creation_input_tokens`: Qwen
 * - `cache_creation_input_tokens`: Anthropic
 * - `cacheWriteInputTokens`, `cacheWriteInputTokenCount`: Bedrock
 */
const CACHE_WRITE: readonly Place[] = [
  ["prompt_tokens_details", "cache_write_tokens"],
  ["input_tokens_details", "cache_write_tokens"],
  ["prompt_tokens_details", "cache_creation_input_tokens"],
  ["prompt_tokens_details", "cache_creation_tokens"],
  "cache_creation_input_tokens",
  "cacheWriteInputTokens",
  "cacheWriteInputTokenCount",
];
/**
 * Tokens of hidden reasoning.
 *
 * - `completion_tokens_details.reasoning_tokens`: OpenAI, Azure, xAI, DeepSeek, Groq, OpenRouter
 * - `output_tokens_details.reasoning_tokens`: OpenAI's Responses API
 * - `reasoning_tokens`: Perplexity, which bills it beside the completion
 * - `thoughtsTokenCount`: Gemini, always beside the candidates
 */
const REASONING: readonly Place[] = [
  ["completion_tokens_details", "reasoning_tokens"],
  ["output_tokens_details", "reasoning_tokens"],
  "reasoning_tokens",
  "reasoningTokens",
  "thoughtsTokenCount",
  "thoughts_token_count",
];
/** Names of reasoning, or signs of it, at vendors that count it beside the completion. */
const REASONING_BESIDE: readonly Place[] = [
  "thoughtsTokenCount",
  "thoughts_token_count",
  "citation_tokens",
  "num_search_queries",
];

/**
 * Anthropic's parts of what was written to a cache, by the time that they stay there. Its sum is
 * `cache_creation_input_tokens`, which proxies may leave out. Qwen has them within the details.
 */
const CACHE_WRITE_PARTS: readonly Place[] = [
  ["cache_creation", "ephemeral_5m_input_tokens"],
  ["cache_creation", "ephemeral_1h_input_tokens"],
];
const CACHE_WRITE_PARTS_WITHIN: readonly Place[] = [
  ["prompt_tokens_details", "cache_creation", "ephemeral_5m_input_tokens"],
  ["prompt_tokens_details", "cache_creation", "ephemeral_1h_input_tokens"],
];

const CACHE_WRITE_HOUR: readonly Place[] = [
  ["cache_creation", "ephemeral_1h_input_tokens"],
  ["prompt_tokens_details", "cache_creation", "ephemeral_1h_input_tokens"],
];

/** Names of counts of a cache that are beside the prompt's own count, as their vendors say. */
const BESIDE_THE_PROMPT: readonly Place[] = [
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cacheReadInputTokens",
  "cacheWriteInputTokens",
  "cacheReadInputTokenCount",
  "cacheWriteInputTokenCount",
  ...CACHE_WRITE_PARTS,
];

/** Reads what is at a place. A number that kept its source is one (`lossless-json.ts`). */
function valueAt(usage: Json, place: Place): unknown {
  const value = [place]
    .flat()
    .reduce<unknown>((part, field) => (isObject(part) ? part[field] : undefined), usage);
  return isObject(value) && typeof value["rawJSON"] === "string" ? Number(value["rawJSON"]) : value;
}

/** Reads the count under the first name that has one. A value that is no count is none. */
function readFirst(usage: Json, places: readonly Place[]): number | undefined {
  for (const place of places) {
    const value = valueAt(usage, place);
    if (isCount(value)) return value;
  }
  return undefined;
}

/** Reads a part of a count: the largest under any of its names, as proxies send several. */
function readLargest(usage: Json, places: readonly Place[]): number {
  let largest = 0;
  for (const place of places) {
    const value = valueAt(usage, place);
    if (isCount(value) && value > largest) largest = value;
  }
  return largest;
}

/** A vendor's count. A side that it does not count, or only oddly, is undefined. */
export interface VendorCount {
  /** All tokens of the prompt, those of a cache among them. */
  readonly input: number | undefined;
  /** Tokens of the prompt that were read from a cache. */
  readonly cachedInput: number;
  /** Tokens of the prompt that were written to a cache. */
  readonly cacheWriteInput: number;
  /** All tokens of the reply, reasoning among them. */
  readonly output: number | undefined;
}

/** The most tokens that a chat may have on either side. */
export interface CountBounds {
  readonly maxInput: number;
  readonly maxOutput: number;
}

const sumOf = (usage: Json, places: readonly Place[]): number =>
  places.reduce((sum, place) => sum + readLargest(usage, [place]), 0);

const hasAny = (usage: Json, places: readonly Place[]): boolean =>
  places.some((place) => isCount(valueAt(usage, place)));

/** Both sides of a chat, as a vendor counts them, before what may be beside them. */
interface Sides {
  readonly prompt: number | undefined;
  readonly completion: number | undefined;
}

/** Reads both sides. One that has no count of its own is what the other leaves of the total. */
function readSides(usage: Json, cacheRead: number, bounds: CountBounds): Sides {
  const total = readFirst(usage, TOTAL) ?? 0;
  // DeepSeek counts both parts of the prompt.
  const { prompt_cache_miss_tokens: missed } = usage;
  const prompt = readFirst(usage, PROMPT) ?? (isCount(missed) ? missed + cacheRead : undefined);
  const completion = readFirst(usage, COMPLETION);
  const restBeside = (side: number | undefined, most: number): number | undefined => {
    const rest = side === undefined || side === 0 ? 0 : total - side;
    return rest > 0 && rest <= most ? rest : undefined;
  };
  return {
    prompt: prompt ?? restBeside(completion, bounds.maxInput),
    completion: completion ?? restBeside(prompt, bounds.maxOutput),
  };
}

/** Returns what the reply may have in all: the likeliest first. */
function readOutputs(usage: Json, completion: number, bounds: CountBounds): readonly number[] {
  const reasoning = readLargest(usage, REASONING);
  const both = completion + reasoning;
  if (hasAny(usage, REASONING_BESIDE)) return [both];
  const fits = both <= bounds.maxOutput || readFirst(usage, TOTAL) === undefined;
  return reasoning > completion && fits ? [both] : [completion, both];
}

/** Returns what the prompt may have in all: the likeliest first. */
function readInputs(
  usage: Json,
  prompt: number,
  cacheRead: number,
  cacheWritten: number,
  { maxInput }: CountBounds,
): readonly number[] {
  const sum = prompt + cacheRead + cacheWritten;
  const namesBeside = hasAny(usage, BESIDE_THE_PROMPT);
  const inputs = [prompt, sum, prompt + cacheRead, prompt + cacheWritten];
  // More than all of the prompt is not within it, whatever the total has.
  if (namesBeside && cacheRead + cacheWritten > prompt && sum <= maxInput)
    return [sum, ...inputs.filter((input) => input >= cacheRead + cacheWritten)];
  const isBeside =
    (namesBeside && !isCount(usage["prompt_tokens"])) || (cacheRead > prompt && sum <= maxInput);
  return isBeside ? [sum, ...inputs] : inputs;
}

/**
 * Reads a vendor's count. Vendors disagree about what is among what: the cache's tokens are within
 * the prompt (OpenAI) or beside it (Anthropic); reasoning is within the completion (OpenAI), beside
 * it (xAI, Perplexity) or only in the total (Gemini). Where there is a total, the reading that adds
 * up to it is the right one. A part that is larger than what it is part of is none.
 * @param usage the object as it came
 * @param bounds a reading beyond them is no reading; a count beyond them is one
 */
export function readVendorCount(usage: Json, bounds: CountBounds): VendorCount {
  const cacheRead = readLargest(usage, CACHE_READ);
  const cacheWritten = Math.max(
    readLargest(usage, CACHE_WRITE),
    sumOf(usage, CACHE_WRITE_PARTS),
    sumOf(usage, CACHE_WRITE_PARTS_WITHIN),
  );
  const { prompt: counted, completion } = readSides(usage, cacheRead, bounds);
  const prompt = counted === undefined ? undefined : counted + readLargest(usage, MORE_PROMPT);

  const withCache = (input: number | undefined, output: number | undefined): VendorCount => {
    const most = input ?? Number.POSITIVE_INFINITY;
    const cachedInput = cacheRead <= most ? cacheRead : 0;
    const cacheWriteInput = cacheRead + cacheWritten <= most ? cacheWritten : 0;
    return { input, cachedInput, cacheWriteInput, output };
  };
  const total = readFirst(usage, TOTAL);
  const inputs =
    prompt === undefined ? [] : readInputs(usage, prompt, cacheRead, cacheWritten, bounds);
  const outputs = completion === undefined ? [] : readOutputs(usage, completion, bounds);
  for (const each of inputs)
    for (const output of outputs) if (each + output === total) return withCache(each, output);
  const [input] = inputs;
  const [output] = outputs;
  if (input === undefined || output === undefined) return withCache(input, output);
  const rest = (total ?? 0) - input;
  return withCache(input, rest > output && rest <= bounds.maxOutput ? rest : output);
}

/** Parts of a count that some models price apart. */
interface CountParts {
  /** Tokens of the prompt that were written to a cache for an hour. */
  readonly cacheWriteHour: number;
  /** Tokens of hidden reasoning. */
  readonly reasoning: number;
}

/** Reads the parts of a count that some models price apart: 0 where there is none. */
export const readCountParts = (usage: Json): CountParts => ({
  cacheWriteHour: readLargest(usage, CACHE_WRITE_HOUR),
  reasoning: readLargest(usage, REASONING),
});

const countsAt = (usage: unknown, places: readonly Place[]): usage is Json =>
  isObject(usage) &&
  places.some((place) => {
    const value = valueAt(usage, place);
    return isCount(value) && value > 0;
  });

/** Whether a usage counts the prompt. */
export const countsPrompt = (usage: unknown): usage is Json =>
  countsAt(usage, [...PROMPT, "prompt_cache_miss_tokens"]);

/** Whether a usage counts the reply. */
export const countsReply = (usage: unknown): usage is Json => countsAt(usage, COMPLETION);

/** Whether a usage counts anything. Some vendors send zeros, or nothing, before or after it. */
export const hasCount = (usage: unknown): usage is Json =>
  countsPrompt(usage) || countsReply(usage) || countsAt(usage, TOTAL);

const REPLY_FIELDS = new Set(
  [...COMPLETION, ...TOTAL, ...REASONING].map((place) =>
    typeof place === "string" ? place : place[0],
  ),
);

/** Whether a field of a usage is about its prompt, and not about the reply or both. */
export const isPromptField = (name: string): boolean => !REPLY_FIELDS.has(name);
