import { z } from "zod";
import { boundedList } from "../http/bounded.ts";
import { currencyField } from "../http/fields.ts";
import { fromMicros, toMicros } from "../units.ts";
import { imageTable, type MorePriceData, showMorePrices, toMorePrices } from "./more-prices.ts";
import { hasAtMostSixDecimals } from "./plan-data.ts";
import type { MoreCosts } from "./stored-prices.ts";

/** Money in the currency's major unit, for a million tokens unless it says otherwise. */
const costPrice = z
  .number()
  .min(0)
  .max(1_000_000)
  .refine(hasAtMostSixDecimals, "has more than six decimals");
const optional = costPrice.nullable().default(null);

const costTier = z.strictObject({
  aboveInputTokens: z.int().min(1).max(100_000_000),
  input: costPrice,
  cachedInput: optional,
  cacheWrite: optional,
  cacheWriteHour: optional,
  output: costPrice,
  reasoning: optional,
});

/**
 * The upstream's prices, of all that a model may be priced by here. For reports alone: no chat is
 * priced by them. `null`: as its own price list has none, so that cached input costs what input
 * costs, and a request or a unit nothing.
 */
export const upstreamPrices = z.strictObject({
  currency: currencyField,
  input: costPrice,
  cachedInput: optional,
  cacheWrite: optional,
  cacheWriteHour: optional,
  output: costPrice,
  reasoning: optional,
  /** For one request. */
  request: optional,
  /** For one image, by quality and size. */
  images: imageTable(costPrice).nullable().default(null),
  /** For a million characters, and for a million seconds. */
  character: optional,
  second: optional,
  /** By the size of a prompt, the smallest first. */
  tiers: boundedList(costTier, 10)
    .refine(
      (tiers) =>
        tiers.every(
          ({ aboveInputTokens }, at) => aboveInputTokens > (tiers[at - 1]?.aboveInputTokens ?? 0),
        ),
      "must be in order, the smallest aboveInputTokens first",
    )
    .default([]),
});
export type UpstreamPrices = z.output<typeof upstreamPrices>;

/** Names the prices of an upstream as those of a model. */
const toPriceData = (cost: UpstreamPrices): MorePriceData => ({
  cacheWriteHourPrice: cost.cacheWriteHour,
  reasoningPrice: cost.reasoning,
  requestPrice: cost.request,
  imagePrices: cost.images,
  characterPrice: cost.character,
  secondPrice: cost.second,
  priceTiers: cost.tiers.map((tier) => ({
    aboveInputTokens: tier.aboveInputTokens,
    inputPrice: tier.input,
    cachedInputPrice: tier.cachedInput,
    cacheWritePrice: tier.cacheWrite,
    cacheWriteHourPrice: tier.cacheWriteHour,
    outputPrice: tier.output,
    reasoningPrice: tier.reasoning,
  })),
});

/** Converts an upstream's prices beside those in columns to those that are stored. */
export function toMoreCosts(cost: UpstreamPrices | null): MoreCosts | null {
  if (cost === null) return null;
  const { cacheWrite } = cost;
  const more = toMorePrices(toPriceData(cost));
  return cacheWrite === null ? more : { ...more, cacheWritePerMillion: toMicros(cacheWrite) };
}

/** Converts stored costs back to what a person writes. */
export function showMoreCosts(
  costs: MoreCosts | null,
): Omit<UpstreamPrices, "currency" | "input" | "cachedInput" | "output"> {
  const shown = showMorePrices(costs);
  const write = costs?.cacheWritePerMillion;
  return {
    cacheWrite: write === undefined ? null : fromMicros(write),
    cacheWriteHour: shown.cacheWriteHourPrice,
    reasoning: shown.reasoningPrice,
    request: shown.requestPrice,
    images: shown.imagePrices,
    character: shown.characterPrice,
    second: shown.secondPrice,
    tiers: shown.priceTiers.map((tier) => ({
      aboveInputTokens: tier.aboveInputTokens,
      input: tier.inputPrice,
      cachedInput: tier.cachedInputPrice,
      cacheWrite: tier.cacheWritePrice,
      cacheWriteHour: tier.cacheWriteHourPrice,
      output: tier.outputPrice,
      reasoning: tier.reasoningPrice,
    })),
  };
}
