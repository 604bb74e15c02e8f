/** The prices of a model when the hold was made, in microcredits per million tokens. */
export interface TokenPrices {
  readonly inputPerMillion: number;
  /** `null`: cached input costs as much as other input. */
  readonly cachedInputPerMillion: number | null;
  /**
   * `null`: input that is written to a cache costs as much as other input. Absent in holds of
   * before there was such a price.
   */
  readonly cacheWritePerMillion?: number | null;
  readonly outputPerMillion: number;
}

/**
 * The tokens of one chat. `cachedInput` is the part of `input` that the upstream had cached,
 * `cacheWriteInput` the part that it wrote to its cache; absent where it wrote none.
 */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWriteInput?: number;
  readonly output: number;
}

const MILLION = 1_000_000n;

/** Returns the exact cost × 10⁶: a product of two safe integers need not be safe. */
function scaledCost(prices: TokenPrices, usage: TokenUsage): bigint {
  const cached = BigInt(usage.cachedInput);
  const written = BigInt(usage.cacheWriteInput ?? 0);
  return (
    (BigInt(usage.input) - cached - written) * BigInt(prices.inputPerMillion) +
    cached * BigInt(prices.cachedInputPerMillion ?? prices.inputPerMillion) +
    written * BigInt(prices.cacheWritePerMillion ?? prices.inputPerMillion) +
    BigInt(usage.output) * BigInt(prices.outputPerMillion)
  );
}

/**
 * Returns the cost of a chat in whole microcredits, rounded up once over the whole chat.
 * @param usage whole numbers ≥ 0, cachedInput + cacheWriteInput ≤ input
 */
export function costMicrocredits(prices: TokenPrices, usage: TokenUsage): number {
  return Number((scaledCost(prices, usage) + MILLION - 1n) / MILLION);
}

/** Returns the highest price of a token of the prompt. */
const dearestInput = (prices: TokenPrices): number =>
  Math.max(
    prices.inputPerMillion,
    prices.cachedInputPerMillion ?? 0,
    prices.cacheWritePerMillion ?? 0,
  );

/** Returns the highest cost of a chat within these bounds: all input at its dearest price. */
export function maxCostMicrocredits(
  prices: TokenPrices,
  inputTokens: number,
  outputTokens: number,
): number {
  const dearest = { ...prices, inputPerMillion: dearestInput(prices) };
  return costMicrocredits(dearest, { input: inputTokens, cachedInput: 0, output: outputTokens });
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
  const promptScaled = BigInt(inputTokens) * BigInt(dearestInput(prices));
  const left = BigInt(availableMicrocredits) * MILLION - promptScaled;
  return Number(left / (BigInt(prices.outputPerMillion) * BigInt(choices)));
}
