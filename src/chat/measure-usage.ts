import { estimateTokenCount } from "tokenx";
import type { TokenUsage } from "../account/index.ts";
import { log } from "../log.ts";

/** The tokens of a chat, and whether they are an estimate of ours. */
export interface MeasuredUsage {
  readonly usage: TokenUsage;
  readonly estimated: boolean;
}

/** The text of a reply. Reading it takes time, so it is a getter, and read only where needed. */
export interface ReplyText {
  readonly text: string;
}

/** The limits of a hold: no believable count is above them. */
export interface UsageBounds {
  readonly promptBoundTokens: number;
  readonly maxTokens: number;
  readonly choices: number;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns whether a part of an upstream's JSON is an object. By hand here and below, and not by
 * zod: every chat does this.
 */
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * Reads a count in a part of the usage that vendors may leave out: 0 without it; undefined for a
 * value that is no count.
 */
function readDetail(part: unknown, name: string): number | undefined {
  if (part === undefined || part === null) return 0;
  const value = isObject(part) ? (part[name] ?? 0) : undefined;
  return isCount(value) ? value : undefined;
}

/**
 * Counts the output with the reasoning in it: most vendors count it among the completion's tokens,
 * some (xAI) beside them, and some (Gemini) in the total only. A total beyond the requested maximum
 * is no such count.
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
  // Tokens read from a cache are prompt, also where a vendor counts them in the total and not in
  // the prompt.
  if (rest - completionTokens === readDetail(usage["prompt_tokens_details"], "cached_tokens"))
    return completionTokens;
  return rest > completionTokens && rest <= maxOutput ? rest : completionTokens;
}

/**
 * Reads the upstream's own count, if it can be believed: whole numbers, a prompt of at least one
 * token, output wherever there was text, and nothing beyond the hold's limits. Any other count
 * would charge for what was not served, or serve what is not charged. A prompt beyond its bound
 * counts as the bound, and as an estimate, where the output can be believed.
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

/** Estimates the tokens of a relayed text, within the limits of the hold; null without a text. */
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
 * Measures the usage that a chat is charged for: the upstream's count if it can be believed, an
 * estimate of the relayed text if not, and nothing (null) when neither a believable count nor any
 * text came.
 * @param reply the text that was relayed
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
    log.warn("usage.disbelieved", { message: "not believable", usage: raw });
  return measured;
}

/**
 * The names of a vendor's own charges to the operator: OpenRouter `cost`, `cost_details` and
 * `is_byok`, xAI `cost_in_usd_ticks`, others `estimated_cost`.
 */
const PRICE_FIELD = /cost|price|byok/i;

/** Returns usage without the vendor's own prices: they are between it and the operator. */
export const withoutVendorPrices = (usage: object): object =>
  Object.fromEntries(Object.entries(usage).filter(([name]) => !PRICE_FIELD.test(name)));

/**
 * Extracts every text of a model in a message or delta: content, reasoning, refusal, a tool call's
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
 * Fields that hold names, numbers or a repeated text: OpenRouter repeats `reasoning` in
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
