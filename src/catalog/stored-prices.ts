/** Rates of tokens in microcredits per million, as the account takes them. */
interface StoredRates {
  readonly inputPerMillion: number;
  readonly cachedInputPerMillion: number | null;
  readonly cacheWritePerMillion: number | null;
  readonly cacheWriteHourPerMillion: number | null;
  readonly outputPerMillion: number;
  readonly reasoningPerMillion: number | null;
}

/**
 * The prices of a model beside those of input and output, as they are stored, in microcredits. Each
 * is absent where there is none.
 */
export interface MorePrices {
  readonly cacheWriteHourPerMillion?: number;
  readonly reasoningPerMillion?: number;
  readonly requestMicrocredits?: number;
  /** Of one image, in the operator's order. */
  readonly imageMicrocredits?: Readonly<Record<string, number>>;
  readonly charactersPerMillion?: number;
  readonly secondsPerMillion?: number;
  readonly tiers?: readonly (StoredRates & { readonly aboveInputTokens: number })[];
}

/**
 * The upstream's prices beside those in columns, under the same names, but in millionths of the
 * currency's major unit.
 */
export interface MoreCosts extends MorePrices {
  readonly cacheWritePerMillion?: number;
}
