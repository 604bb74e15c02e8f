/** The prices of a model when the hold was made, in microcredits per million tokens. */
export interface TokenPrices {
  readonly inputPerMillion: number;
  /** `null`: cached input costs as much as other input. */
  readonly cachedInputPerMillion: number | null;
  readonly outputPerMillion: number;
}

/** The tokens of one chat. `cachedInput` is the part of `input` that the upstream had cached. */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

const MILLION = 1_000_000n;

/** Returns the exact cost × 10⁶: a product of two safe integers need not be safe. */
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
 * Returns the cost of a chat in whole microcredits, rounded up once over the whole chat.
 * @param usage whole numbers ≥ 0, cachedInput ≤ input
 */
export function costMicrocredits(prices: TokenPrices, usage: TokenUsage): number {
  return Number((scaledCost(prices, usage) + MILLION - 1n) / MILLION);
}

/**
 * Returns the highest cost of a chat within these bounds: nothing is cached, unless cached input is
 * dearer.
 */
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
 * Returns the number of output tokens that `availableMicrocredits` pays for after the whole prompt,
 * for each of `choices` replies. Infinity when output is free; negative when even the prompt cannot
 * be paid.
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
