import { MICROCREDITS_PER_CREDIT } from "../units.ts";
import type { ModelPricing } from "./model-cache.ts";
import type { MoreCosts } from "./stored-prices.ts";

/**
 * Returns the prices of a model's tokens and of a request, in the form in which an account holds
 * by them.
 */
export function pricesOf(model: ModelPricing) {
  const { cacheWriteHourPerMillion, reasoningPerMillion, requestMicrocredits, tiers } =
    model.morePrices ?? {};
  return {
    inputPerMillion: model.inputPriceMicrocreditsPerMillion,
    cachedInputPerMillion: model.cachedInputPriceMicrocreditsPerMillion,
    cacheWritePerMillion: model.cacheWritePriceMicrocreditsPerMillion,
    outputPerMillion: model.outputPriceMicrocreditsPerMillion,
    ...(cacheWriteHourPerMillion === undefined ? {} : { cacheWriteHourPerMillion }),
    ...(reasoningPerMillion === undefined ? {} : { reasoningPerMillion }),
    ...(requestMicrocredits === undefined ? {} : { requestMicrocredits }),
    ...(tiers === undefined ? {} : { tiers }),
  };
}

/** What a request counts beside tokens, with the row of the model's table where it has one. */
interface CountedUnit {
  readonly kind: "image" | "character" | "second";
  readonly variant?: string;
}

/** Returns what an upstream takes for a million units; null for an image that has no cost. */
function unitCostOf(costs: MoreCosts | null, { kind, variant = "" }: CountedUnit): number | null {
  if (kind === "character") return costs?.charactersPerMillion ?? 0;
  if (kind === "second") return costs?.secondsPerMillion ?? 0;
  const table = costs?.imageMicrocredits;
  if (table === undefined) return 0;
  const one = Object.hasOwn(table, variant) ? table[variant] : undefined;
  return one === undefined ? null : one * MICROCREDITS_PER_CREDIT;
}

/**
 * Returns the prices of a model's upstreams, in the form of its own (`pricesOf`), but in millionths
 * of the currency's major unit where those have microcredits.
 * @param unit what the request counts beside tokens
 * @returns null where they are not known
 */
export function upstreamPricesOf(model: ModelPricing, unit?: CountedUnit) {
  const {
    costCurrency: currency,
    inputCostMicrosPerMillion: inputPerMillion,
    outputCostMicrosPerMillion: outputPerMillion,
    moreCosts,
  } = model;
  if (currency === null || inputPerMillion === null || outputPerMillion === null) return null;
  const unitCost = unit === undefined ? 0 : unitCostOf(moreCosts, unit);
  if (unitCost === null) return null;
  const { cacheWriteHourPerMillion, reasoningPerMillion, requestMicrocredits, tiers } =
    moreCosts ?? {};
  const prices = {
    inputPerMillion,
    cachedInputPerMillion: model.cachedInputCostMicrosPerMillion,
    cacheWritePerMillion: moreCosts?.cacheWritePerMillion ?? null,
    outputPerMillion,
    ...(cacheWriteHourPerMillion === undefined ? {} : { cacheWriteHourPerMillion }),
    ...(reasoningPerMillion === undefined ? {} : { reasoningPerMillion }),
    ...(requestMicrocredits === undefined ? {} : { requestMicrocredits }),
    ...(tiers === undefined ? {} : { tiers }),
    ...(unit === undefined ? {} : { unit: { ...unit, microcreditsPerMillion: unitCost } }),
  };
  return { currency, prices };
}
