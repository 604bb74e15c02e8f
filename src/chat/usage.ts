import { estimateTokenCount } from "tokenx";
import type { TokenUsage } from "../account/index.ts";

/** Tokens of a chat, and whether we had to estimate them. */
export interface Measured {
  readonly usage: TokenUsage;
  readonly estimated: boolean;
}

/** What was said. Reading it costs time, so it is a getter, and asked only where it matters. */
export interface Said {
  readonly text: string;
}

/** What a hold allows for: no believable count is above it. */
export interface Bounds {
  readonly promptBoundTokens: number;
  readonly maxTokens: number;
  readonly choices: number;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Whether a part of an upstream's JSON is an object. By hand here and below, and not by zod: every
 * chat asks.
 */
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * A count in a part of the usage that vendors may leave out: 0 without it; undefined for one that
 * is none.
 */
function detail(part: unknown, name: string): number | undefined {
  if (part === undefined || part === null) return 0;
  const value = isObject(part) ? (part[name] ?? 0) : undefined;
  return isCount(value) ? value : undefined;
}

/**
 * Output with the reasoning in it: most vendors count it among the completion's tokens, some (xAI)
 * beside them, and some (Gemini) tell it in the total only. A total beyond what was asked for is no
 * such count.
 */
function outputOf(
  promptTokens: number,
  completionTokens: number,
  most: number,
  usage: Json,
): number {
  const { total_tokens, completion_tokens_details } = usage;
  const beside = completionTokens + (detail(completion_tokens_details, "reasoning_tokens") ?? 0);
  if (total_tokens === promptTokens + beside) return beside;
  const rest = isCount(total_tokens) ? total_tokens - promptTokens : 0;
  // What was read from a cache is prompt, also where a vendor counts it in the total and not in the
  // prompt.
  if (rest - completionTokens === detail(usage["prompt_tokens_details"], "cached_tokens"))
    return completionTokens;
  return rest > completionTokens && rest <= most ? rest : completionTokens;
}

/**
 * The upstream's own count, if it can be believed: whole numbers, a prompt of at least one token,
 * output wherever there was text, and nothing beyond what was asked for. A count that is none of
 * this would charge for what was not served, or serve what is not charged. A prompt beyond its
 * bound is taken for the bound, and for an estimate, where the output can be believed.
 * @param raw the `usage` object as it came
 */
function believe(raw: unknown, said: Said, bounds: Bounds): Measured | null {
  if (!isObject(raw)) return null;
  const { prompt_tokens: prompt, completion_tokens: completion } = raw;
  const cached = detail(raw["prompt_tokens_details"], "cached_tokens");
  if (!isCount(prompt) || prompt < 1 || !isCount(completion) || cached === undefined) return null;
  const most = bounds.maxTokens * bounds.choices;
  const output = outputOf(prompt, completion, most, raw);
  const estimated = prompt > bounds.promptBoundTokens;
  if (output > most || (output === 0 && (estimated || said.text !== ""))) return null;
  const input = Math.min(prompt, bounds.promptBoundTokens);
  return { usage: { input, cachedInput: Math.min(cached, input), output }, estimated };
}

/** Our own count of what was relayed, within the bounds of the hold; null where nothing was. */
function relayed(text: string, promptTokens: () => number, bounds: Bounds): Measured | null {
  if (text === "") return null;
  const usage = {
    input: Math.min(bounds.promptBoundTokens, Math.max(1, promptTokens())),
    cachedInput: 0,
    output: Math.min(bounds.maxTokens * bounds.choices, estimateTokenCount(text)),
  };
  return { usage, estimated: true };
}

/**
 * What a chat is charged for: the upstream's count if it can be believed, an estimate of what was
 * relayed if not, and nothing (null) when neither a believable count nor any text came.
 * @param said what was relayed
 * @param promptTokens estimates the prompt
 */
export function measure(
  raw: unknown,
  said: Said,
  promptTokens: () => number,
  bounds: Bounds,
): Measured | null {
  const believed = believe(raw, said, bounds);
  if (believed?.estimated === false) return believed;
  const measured = believed ?? relayed(said.text, promptTokens, bounds);
  if (measured !== null && raw !== undefined)
    console.warn(
      JSON.stringify({ level: "warn", at: "usage", message: "not believable", usage: raw }),
    );
  return measured;
}

/**
 * What vendors call what they charge the operator: OpenRouter `cost`, `cost_details` and `is_byok`,
 * xAI `cost_in_usd_ticks`, others `estimated_cost`.
 */
const PRICE = /cost|price|byok/i;

/** Usage without what the vendor says of its own prices: they are between it and the operator. */
export const withoutPrices = (usage: object): object =>
  Object.fromEntries(Object.entries(usage).filter(([name]) => !PRICE.test(name)));

/**
 * Every text that a model said in a message or delta: content, reasoning, refusal, a tool call's
 * name and arguments.
 */
export function spokenText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(spokenText).join("");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([name, inner]) => (NOT_SPOKEN.has(name) ? "" : spokenText(inner)))
    .join("");
}
/**
 * Names, numbers, and what is said once more: OpenRouter repeats `reasoning` in
 * `reasoning_details`.
 */
const NOT_SPOKEN = new Set([
  "role",
  "id",
  "type",
  "index",
  "annotations",
  "logprobs",
  "reasoning_details",
]);
