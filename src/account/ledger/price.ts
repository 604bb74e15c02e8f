/** What a model costs, in microcredits per million tokens, as it was when the hold was made. */
export interface TokenPrices {
  readonly inputPerMillion: number;
  /** `null`: cached input costs what other input costs. */
  readonly cachedInputPerMillion: number | null;
  readonly outputPerMillion: number;
}

/**
 * Tokens of one chat. `cachedInput` is the part of `input` that the upstream read from its cache.
 */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

const MILLION = 1_000_000n;

/** Microcredits × million, exactly: a product of two safe integers need not be one. */
function scaledCost(prices: TokenPrices, usage: TokenUsage): bigint {
  const cached = BigInt(usage.cachedInput);
  const cachedPrice = BigInt(prices.cachedInputPerMillion ?? prices.inputPerMillion);
  return (
    (BigInt(usage.input) - cached) * BigInt(prices.inputPerMillion) +
    cached * cachedPrice +
    BigInt(usage.output) * BigInt(prices.outputPerMillion)
  );
}

/**
 * What a chat costs, in whole microcredits, rounded up once over the whole chat.
 * @param usage whole numbers ≥ 0, cachedInput ≤ input
 */
export function costMicrocredits(prices: TokenPrices, usage: TokenUsage): number {
  return Number((scaledCost(prices, usage) + MILLION - 1n) / MILLION);
}

/** The most that a chat of these bounds can cost: nothing cached, unless cached input is dearer. */
export function maxCostMicrocredits(
  prices: TokenPrices,
  inputTokens: number,
  outputTokens: number,
): number {
  const dearer = (prices.cachedInputPerMillion ?? 0) > prices.inputPerMillion;
  return costMicrocredits(prices, {
    input: inputTokens,
    cachedInput: dearer ? inputTokens : 0,
    output: outputTokens,
  });
}

/**
 * How many output tokens `availableMicrocredits` pays for after the whole prompt, for each of
 * `choices` replies. Infinity when output is free; negative when not even the prompt can be paid.
 */
export function affordableOutputTokens(
  prices: TokenPrices,
  availableMicrocredits: number,
  inputTokens: number,
  choices: number,
): number {
  const prompt = maxCostMicrocredits(prices, inputTokens, 0);
  if (prompt > availableMicrocredits) return -1;
  if (prices.outputPerMillion === 0) return Number.POSITIVE_INFINITY;
  const dearest = Math.max(prices.inputPerMillion, prices.cachedInputPerMillion ?? 0);
  const left = BigInt(availableMicrocredits) * MILLION - BigInt(inputTokens) * BigInt(dearest);
  return Number(left / (BigInt(prices.outputPerMillion) * BigInt(choices)));
}
