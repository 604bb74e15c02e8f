import { estimateTokenCount } from "tokenx";
import type { TokenUsage } from "../account/index.ts";

/** Tokens of a chat, and whether we had to estimate them. */
export interface MeasuredUsage {
  readonly usage: TokenUsage;
  readonly estimated: boolean;
}

/** What was said. Reading it costs time, so it is a getter, and asked only where it matters. */
export interface ReplyText {
  readonly text: string;
}

/** What a hold allows for: no believable count is above it. */
export interface UsageBounds {
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
function readDetail(part: unknown, name: string): number | undefined {
  if (part === undefined || part === null) return 0;
  const value = isObject(part) ? (part[name] ?? 0) : undefined;
  return isCount(value) ? value : undefined;
}

/**
 * Output with the reasoning in it: most vendors count it among the completion's tokens, some (xAI)
 * beside them, and some (Gemini) tell it in the total only. A total beyond what was asked for is no
 * such count.
 */
function countOutput(
  promptTokens: number,
  completionTokens: number,
  maxOutput: number,
  usage: Json,
): number {
  const { total_tokens, completion_tokens_details } = usage;
  const withReasoning =
    completionTokens + (readDetail(completion_tokens_details, "reasoning_tokens") ?? 0);
  if (total_tokens === promptTokens + withReasoning) return withReasoning;
  const rest = isCount(total_tokens) ? total_tokens - promptTokens : 0;
  // What was read from a cache is prompt, also where a vendor counts it in the total and not in the
  // prompt.
  if (rest - completionTokens === readDetail(usage["prompt_tokens_details"], "cached_tokens"))
    return completionTokens;
  return rest > completionTokens && rest <= maxOutput ? rest : completionTokens;
}

/**
 * The upstream's own count, if it can be believed: whole numbers, a prompt of at least one token,
 * output wherever there was text, and nothing beyond what was asked for. A count that is none of
 * this would charge for what was not served, or serve what is not charged. A prompt beyond its
 * bound is taken for the bound, and for an estimate, where the output can be believed.
 * @param raw the `usage` object as it came
 */
function readUpstreamUsage(
  raw: unknown,
  reply: ReplyText,
  bounds: UsageBounds,
): MeasuredUsage | null {
  if (!isObject(raw)) return null;
  const { prompt_tokens: prompt, completion_tokens: completion } = raw;
  const cached = readDetail(raw["prompt_tokens_details"], "cached_tokens");
  if (!isCount(prompt) || prompt < 1 || !isCount(completion) || cached === undefined) return null;
  const maxOutput = bounds.maxTokens * bounds.choices;
  const output = countOutput(prompt, completion, maxOutput, raw);
  const estimated = prompt > bounds.promptBoundTokens;
  if (output > maxOutput || (output === 0 && (estimated || reply.text !== ""))) return null;
  const input = Math.min(prompt, bounds.promptBoundTokens);
  return { usage: { input, cachedInput: Math.min(cached, input), output }, estimated };
}

/** Our own count of what was relayed, within the bounds of the hold; null where nothing was. */
function estimateUsage(
  text: string,
  promptTokens: () => number,
  bounds: UsageBounds,
): MeasuredUsage | null {
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
export function measureUsage(
  raw: unknown,
  reply: ReplyText,
  promptTokens: () => number,
  bounds: UsageBounds,
): MeasuredUsage | null {
  const upstreamUsage = readUpstreamUsage(raw, reply, bounds);
  if (upstreamUsage?.estimated === false) return upstreamUsage;
  const measured = upstreamUsage ?? estimateUsage(reply.text, promptTokens, bounds);
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
const PRICE_FIELD = /cost|price|byok/i;

/** Usage without what the vendor says of its own prices: they are between it and the operator. */
export const withoutVendorPrices = (usage: object): object =>
  Object.fromEntries(Object.entries(usage).filter(([name]) => !PRICE_FIELD.test(name)));

/**
 * Every text that a model said in a message or delta: content, reasoning, refusal, a tool call's
 * name and arguments.
 */
export function extractText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(extractText).join("");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([name, inner]) => (NON_TEXT_FIELDS.has(name) ? "" : extractText(inner)))
    .join("");
}
/**
 * Names, numbers, and what is said once more: OpenRouter repeats `reasoning` in
 * `reasoning_details`.
 */
const NON_TEXT_FIELDS = new Set([
  "role",
  "id",
  "type",
  "index",
  "annotations",
  "logprobs",
  "reasoning_details",
]);
