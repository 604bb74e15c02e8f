/** The prices of tokens of each kind, in microcredits per million. */
interface TokenRates {
  readonly inputPerMillion: number;
  /** `null`: cached input costs as much as other input. */
  readonly cachedInputPerMillion: number | null;
  /**
   * `null`: input that is written to a cache costs as much as other input. Absent in holds of
   * before there was such a price.
   */
  readonly cacheWritePerMillion?: number | null;
  /** Input that is written to a cache for an hour. Absent: what other writes cost. */
  readonly cacheWriteHourPerMillion?: number | null;
  readonly outputPerMillion: number;
  /** Reasoning, which is a part of the output. Absent: it costs what other output costs. */
  readonly reasoningPerMillion?: number | null;
}

/** The rates of a chat whose prompt has more than this many tokens. */
interface PriceTier extends TokenRates {
  readonly aboveInputTokens: number;
}

/** The units that a model may count beside tokens. */
export type UnitKind = "image" | "character" | "second";

/** The price of a unit. `variant` is the row of the model's table: `high/1024x1024`. */
export interface UnitPrice {
  readonly kind: UnitKind;
  readonly variant?: string;
  readonly microcreditsPerMillion: number;
}

/**
 * The prices of a model when the hold was made. Fields that are absent charge nothing beside the
 * tokens: so it is in all holds of before there were such prices.
 */
export interface TokenPrices extends TokenRates {
  /** By size, the smallest first. The last that a prompt is above has the rates of all tokens. */
  readonly tiers?: readonly PriceTier[];
  /** For each request that is served. */
  readonly requestMicrocredits?: number;
  readonly unit?: UnitPrice;
}

/**
 * The tokens of one chat. `cachedInput` is the part of `input` that the upstream had cached,
 * `cacheWriteInput` the part that it wrote to its cache, and `cacheWriteHourInput` the part of that
 * which it keeps for an hour; `reasoning` is a part of `output`. Each is absent where there was
 * none. `units` are those of the price's unit.
 */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWriteInput?: number;
  readonly cacheWriteHourInput?: number;
  readonly output: number;
  readonly reasoning?: number;
  readonly units?: number;
}

const MILLION = 1_000_000n;

/** Returns the rates of a prompt of this size. */
const ratesAt = (prices: TokenPrices, inputTokens: number): TokenRates =>
  prices.tiers?.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens) ?? prices;

/** Returns what is charged whatever the tokens are, × 10⁶. */
const scaledFixedCost = ({ requestMicrocredits = 0, unit }: TokenPrices, units: number): bigint =>
  BigInt(requestMicrocredits) * MILLION + BigInt(units) * BigInt(unit?.microcreditsPerMillion ?? 0);

/** Returns the exact cost × 10⁶: a product of two safe integers need not be safe. */
function scaledCost(prices: TokenPrices, usage: TokenUsage): bigint {
  const rates = ratesAt(prices, usage.input);
  const cached = BigInt(usage.cachedInput);
  const written = BigInt(usage.cacheWriteInput ?? 0);
  const writtenForHour = BigInt(usage.cacheWriteHourInput ?? 0);
  const reasoning = BigInt(usage.reasoning ?? 0);
  const writeRate = rates.cacheWritePerMillion ?? rates.inputPerMillion;
  return (
    (BigInt(usage.input) - cached - written) * BigInt(rates.inputPerMillion) +
    cached * BigInt(rates.cachedInputPerMillion ?? rates.inputPerMillion) +
    (written - writtenForHour) * BigInt(writeRate) +
    writtenForHour * BigInt(rates.cacheWriteHourPerMillion ?? writeRate) +
    (BigInt(usage.output) - reasoning) * BigInt(rates.outputPerMillion) +
    reasoning * BigInt(rates.reasoningPerMillion ?? rates.outputPerMillion) +
    scaledFixedCost(prices, usage.units ?? 0)
  );
}

const roundUp = (scaled: bigint): number => Number((scaled + MILLION - 1n) / MILLION);

/**
 * Returns the cost of a chat in whole microcredits, rounded up once over the whole chat.
 * @param usage whole numbers ≥ 0; cachedInput + cacheWriteInput ≤ input, cacheWriteHourInput ≤
 *   cacheWriteInput, reasoning ≤ output
 */
export const costMicrocredits = (prices: TokenPrices, usage: TokenUsage): number =>
  roundUp(scaledCost(prices, usage));

/**
 * Returns a cost in thousandths of the prices' unit, rounded to whole ones: where prices are an
 * upstream's in millionths of a currency's major unit, in its billionths.
 */
export const costThousandths = (prices: TokenPrices, usage: TokenUsage): number =>
  Number((scaledCost(prices, usage) + 500n) / 1000n);

/** Returns whether reasoning costs more than other output, for a prompt of this size. */
export function isReasoningDearer(prices: TokenPrices, inputTokens: number): boolean {
  const { reasoningPerMillion, outputPerMillion } = ratesAt(prices, inputTokens);
  return (reasoningPerMillion ?? 0) > outputPerMillion;
}

/** Returns the highest price of a token of each side, for prompts of up to `inputTokens`. */
function dearestRates(prices: TokenPrices, inputTokens: number) {
  const tiers = prices.tiers?.filter(({ aboveInputTokens }) => inputTokens > aboveInputTokens);
  const all: readonly TokenRates[] = [prices, ...(tiers ?? [])];
  return {
    input: Math.max(
      ...all.flatMap((rates) => [
        rates.inputPerMillion,
        rates.cachedInputPerMillion ?? 0,
        rates.cacheWritePerMillion ?? 0,
        rates.cacheWriteHourPerMillion ?? 0,
      ]),
    ),
    output: Math.max(
      ...all.flatMap((rates) => [rates.outputPerMillion, rates.reasoningPerMillion ?? 0]),
    ),
  };
}

/**
 * Returns the highest cost of a chat within these bounds: all tokens at their dearest price, of any
 * tier that the prompt may reach.
 */
export function maxCostMicrocredits(
  prices: TokenPrices,
  inputTokens: number,
  outputTokens: number,
  units = 0,
): number {
  const { input, output } = dearestRates(prices, inputTokens);
  return roundUp(
    BigInt(inputTokens) * BigInt(input) +
      BigInt(outputTokens) * BigInt(output) +
      scaledFixedCost(prices, units),
  );
}

/**
 * Returns the number of output tokens that `availableMicrocredits` pays for after the whole prompt
 * and all units, for each of `choices` replies. Infinity when output is free; negative when even
 * the prompt cannot be paid.
 */
export function affordableOutputTokens(
  prices: TokenPrices,
  availableMicrocredits: number,
  inputTokens: number,
  choices: number,
  units = 0,
): number {
  const { input, output } = dearestRates(prices, inputTokens);
  const left =
    BigInt(availableMicrocredits) * MILLION -
    BigInt(inputTokens) * BigInt(input) -
    scaledFixedCost(prices, units);
  if (left < 0n) return -1;
  if (output === 0) return Number.POSITIVE_INFINITY;
  return Number(left / (BigInt(output) * BigInt(choices)));
}

/**
 * Returns the most prompt tokens from `least` to `most` that `availableMicrocredits` pays for
 * beside the output and all units. It pays for `least`.
 */
export function affordableInputTokens(
  prices: TokenPrices,
  availableMicrocredits: number,
  [least, most]: readonly [least: number, most: number],
  outputTokens: number,
  units = 0,
): number {
  const isPaid = (tokens: number): boolean =>
    maxCostMicrocredits(prices, tokens, outputTokens, units) <= availableMicrocredits;
  if (isPaid(most)) return most;
  // A larger prompt never costs less, but tiers make its cost jump: so it is searched for.
  let [paid, unpaid] = [least, most];
  while (unpaid - paid > 1) {
    const middle = paid + Math.floor((unpaid - paid) / 2);
    if (isPaid(middle)) paid = middle;
    else unpaid = middle;
  }
  return paid;
}
