import { z } from "zod";
import { boundedList, boundedText } from "../http/bounded.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import { price } from "./price-field.ts";
import type { MorePrices } from "./stored-prices.ts";

/** A row of an image model's table: `high/1024x1024`, or `1024x1024` where it has no qualities. */
const imageVariant = boundedText(41).regex(
  /^(?:[a-z0-9_-]+\/)?[a-z0-9_:.-]+$/,
  'must be "<quality>/<size>" or "<size>"',
);

/** A table of prices of one image, by quality and size. */
export const imageTable = (each: z.ZodType<number, number>) =>
  z
    .record(imageVariant, each)
    .refine((rows) => Object.keys(rows).length > 0, "names no price")
    .refine((rows) => Object.keys(rows).length <= 100, "has more than 100 prices");

const tierFields = {
  /** The prompt has more tokens than this. */
  aboveInputTokens: z.int().min(1).max(100_000_000),
  inputPrice: price,
  cachedInputPrice: price.nullable().default(null),
  cacheWritePrice: price.nullable().default(null),
  cacheWriteHourPrice: price.nullable().default(null),
  outputPrice: price,
  reasoningPrice: price.nullable().default(null),
};
const tier = z.strictObject(tierFields);
type Tier = z.output<typeof tier>;

/**
 * Prices beside those of input and output. All are `null` where there are none, and in credits: for
 * a million tokens, characters or seconds, for one image, for one request.
 */
export const morePriceFields = {
  /** `null`: input that is cached for an hour costs what other writes to a cache cost. */
  cacheWriteHourPrice: price.nullable(),
  /** `null`: reasoning costs what other output costs. */
  reasoningPrice: price.nullable(),
  requestPrice: price.nullable(),
  /** Of one image, by quality and size. The first is made where a request names none. */
  imagePrices: imageTable(price).nullable(),
  characterPrice: price.nullable(),
  secondPrice: price.nullable(),
  /** By the size of a prompt, the smallest first. */
  priceTiers: boundedList(tier, 10),
};

/** The same fields with their defaults. */
export const morePricesWithDefaults = {
  cacheWriteHourPrice: morePriceFields.cacheWriteHourPrice.default(null),
  reasoningPrice: morePriceFields.reasoningPrice.default(null),
  requestPrice: morePriceFields.requestPrice.default(null),
  imagePrices: morePriceFields.imagePrices.default(null),
  characterPrice: morePriceFields.characterPrice.default(null),
  secondPrice: morePriceFields.secondPrice.default(null),
  priceTiers: morePriceFields.priceTiers.default([]),
};
export type MorePriceData = z.output<z.ZodObject<typeof morePricesWithDefaults>>;

const mapValues = (rows: Readonly<Record<string, number>>, convert: (value: number) => number) =>
  Object.fromEntries(Object.entries(rows).map(([name, value]) => [name, convert(value)]));

const orNull = (value: number | null, convert: (value: number) => number): number | null =>
  value === null ? null : convert(value);

const toStoredTier = (data: Tier) => ({
  aboveInputTokens: data.aboveInputTokens,
  inputPerMillion: toMicrocredits(data.inputPrice),
  cachedInputPerMillion: orNull(data.cachedInputPrice, toMicrocredits),
  cacheWritePerMillion: orNull(data.cacheWritePrice, toMicrocredits),
  cacheWriteHourPerMillion: orNull(data.cacheWriteHourPrice, toMicrocredits),
  outputPerMillion: toMicrocredits(data.outputPrice),
  reasoningPerMillion: orNull(data.reasoningPrice, toMicrocredits),
});

/** A stored price under its name; nothing where there is none. */
const storedPrice = (name: string, value: number | null): Readonly<Record<string, number>> =>
  value === null ? {} : { [name]: toMicrocredits(value) };

/** Converts prices as a person writes them to those that are stored; null where there are none. */
export function toMorePrices(data: MorePriceData): MorePrices | null {
  const prices: MorePrices = {
    ...storedPrice("cacheWriteHourPerMillion", data.cacheWriteHourPrice),
    ...storedPrice("reasoningPerMillion", data.reasoningPrice),
    ...storedPrice("requestMicrocredits", data.requestPrice),
    ...(data.imagePrices === null
      ? {}
      : { imageMicrocredits: mapValues(data.imagePrices, toMicrocredits) }),
    ...storedPrice("charactersPerMillion", data.characterPrice),
    ...storedPrice("secondsPerMillion", data.secondPrice),
    ...(data.priceTiers.length === 0 ? {} : { tiers: data.priceTiers.map(toStoredTier) }),
  };
  return Object.keys(prices).length === 0 ? null : prices;
}

/** Converts stored prices back to what a person writes. */
export function showMorePrices(prices: MorePrices | null): MorePriceData {
  const { imageMicrocredits, tiers = [] } = prices ?? {};
  return {
    cacheWriteHourPrice: orNull(prices?.cacheWriteHourPerMillion ?? null, toCredits),
    reasoningPrice: orNull(prices?.reasoningPerMillion ?? null, toCredits),
    requestPrice: orNull(prices?.requestMicrocredits ?? null, toCredits),
    imagePrices: imageMicrocredits === undefined ? null : mapValues(imageMicrocredits, toCredits),
    characterPrice: orNull(prices?.charactersPerMillion ?? null, toCredits),
    secondPrice: orNull(prices?.secondsPerMillion ?? null, toCredits),
    priceTiers: tiers.map((one) => ({
      aboveInputTokens: one.aboveInputTokens,
      inputPrice: toCredits(one.inputPerMillion),
      cachedInputPrice: orNull(one.cachedInputPerMillion, toCredits),
      cacheWritePrice: orNull(one.cacheWritePerMillion, toCredits),
      cacheWriteHourPrice: orNull(one.cacheWriteHourPerMillion, toCredits),
      outputPrice: toCredits(one.outputPerMillion),
      reasoningPrice: orNull(one.reasoningPerMillion, toCredits),
    })),
  };
}
