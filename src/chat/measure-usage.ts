import type { TokenPrices, TokenUsage } from "../account/index.ts";
import { log } from "../log.ts";
import { estimateTokenCount } from "./estimate-tokens.ts";
import { hasCount, isObject, readCountParts, readVendorCount } from "./vendor-usage.ts";

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
  /** What the model prices apart is counted apart. Absent: nothing is. */
  readonly prices?: TokenPrices;
  /** So is what its upstream prices apart. */
  readonly costs?: TokenPrices | undefined;
}

/** A vendor's count of one side of a chat as it is charged, and whether it is the vendor's. */
interface Side {
  readonly tokens: number;
  readonly isCounted: boolean;
}

/** Keeps a count within its bound: what is beyond is not charged, and marks an estimate. */
const within = (boundTokens: number, tokens: number): Side => ({
  tokens: Math.min(boundTokens, tokens),
  isCounted: tokens <= boundTokens,
});

const estimate = (boundTokens: number, tokens: number): Side => ({
  tokens: Math.min(boundTokens, tokens),
  isCounted: false,
});

/** Measures the prompt. No prompt is empty, so a count of 0 is none. */
const measureInput = (
  counted: number | undefined,
  promptTokens: () => number,
  { promptBoundTokens }: UsageBounds,
): Side =>
  counted !== undefined && counted > 0
    ? within(promptBoundTokens, counted)
    : estimate(promptBoundTokens, Math.max(1, promptTokens()));

/** Measures the reply. A count of 0 is none where there was text. */
function measureOutput(counted: number | undefined, reply: ReplyText, maxOutput: number): Side {
  if (counted !== undefined && counted > 0) return within(maxOutput, counted);
  const { text } = reply;
  return text === "" && counted === 0
    ? within(maxOutput, 0)
    : estimate(maxOutput, estimateTokenCount(text));
}

/** Whether a model or its upstream, or a tier of it, has a price of its own for something. */
const hasPrice = (
  { prices, costs }: UsageBounds,
  name: "cacheWriteHourPerMillion" | "reasoningPerMillion",
): boolean =>
  [prices, costs]
    .flatMap((one) => (one === undefined ? [] : [one, ...(one.tiers ?? [])]))
    .some((rates) => (rates[name] ?? null) !== null);

/** Counts what the model prices apart: parts of the output, and of what was written to a cache. */
function countParts(
  raw: unknown,
  cacheWriteInput: number,
  output: number,
  bounds: UsageBounds,
): Pick<TokenUsage, "cacheWriteHourInput" | "reasoning"> {
  if (!isObject(raw)) return {};
  const parts = readCountParts(raw);
  const cacheWriteHourInput = Math.min(parts.cacheWriteHour, cacheWriteInput);
  const reasoning = Math.min(parts.reasoning, output);
  return {
    ...(cacheWriteHourInput > 0 && hasPrice(bounds, "cacheWriteHourPerMillion")
      ? { cacheWriteHourInput }
      : {}),
    ...(reasoning > 0 && hasPrice(bounds, "reasoningPerMillion") ? { reasoning } : {}),
  };
}

/**
 * Measures the usage that a chat is charged for: each side by the vendor's count if there is one,
 * up to its bound, or else by an estimate of what came. The prompt is owed in any case.
 * @param raw the `usage` object as it came
 * @param reply the text that came
 * @param promptTokens estimates the prompt
 */
export function measureUsage(
  raw: unknown,
  reply: ReplyText,
  promptTokens: () => number,
  bounds: UsageBounds,
): MeasuredUsage {
  const maxOutput = bounds.maxTokens * bounds.choices;
  const vendorBounds = { maxInput: bounds.promptBoundTokens, maxOutput };
  const count = isObject(raw) && hasCount(raw) ? readVendorCount(raw, vendorBounds) : null;
  const input = measureInput(count?.input, promptTokens, bounds);
  const output = measureOutput(count?.output, reply, maxOutput);
  const estimated = !(input.isCounted && output.isCounted);
  if (estimated && raw !== undefined)
    log.warn("usage.disbelieved", { message: "not believable", usage: raw });
  const cachedInput = Math.min(count?.cachedInput ?? 0, input.tokens);
  const cacheWriteInput = Math.min(count?.cacheWriteInput ?? 0, input.tokens - cachedInput);
  return {
    usage: {
      input: input.tokens,
      cachedInput,
      ...(cacheWriteInput > 0 ? { cacheWriteInput } : {}),
      output: output.tokens,
      ...countParts(raw, cacheWriteInput, output.tokens, bounds),
    },
    estimated,
  };
}

/**
 * The names of a vendor's own charges to the operator: OpenRouter `cost`, `cost_details` and
 * `is_byok`, xAI `cost_in_usd_ticks`, others `estimated_cost`.
 */
const PRICE_FIELD = /cost|price|byok/i;

/** Returns usage without the vendor's own prices: they are between it and the operator. */
export const withoutVendorPrices = (usage: object): object =>
  Object.fromEntries(Object.entries(usage).filter(([name]) => !PRICE_FIELD.test(name)));
