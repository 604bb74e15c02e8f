import type { ModelPricing } from "./model-cache.ts";

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
