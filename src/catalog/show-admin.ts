import { fromMicros, toCredits } from "../units.ts";
import { showPlan } from "./show-plan.ts";
import type { PricedPlan } from "./store.ts";
import type { Model } from "./tables.ts";

/** A plan as the operator sees it: as everybody does, and what only the operator needs. */
export const showPlanToAdmin = (plan: PricedPlan) => ({
  ...showPlan(plan),
  sortOrder: plan.sortOrder,
  version: plan.version,
  stripeProductId: plan.stripeProductId,
  createdAt: new Date(plan.createdAt).toISOString(),
  updatedAt: new Date(plan.updatedAt).toISOString(),
});

/**
 * What the upstream takes for a million tokens, in the currency's major unit; null where that is
 * not known.
 */
function showCost(model: Model) {
  const {
    costCurrency,
    inputCostMicrosPerMillion,
    cachedInputCostMicrosPerMillion,
    outputCostMicrosPerMillion,
  } = model;
  if (
    costCurrency === null ||
    inputCostMicrosPerMillion === null ||
    outputCostMicrosPerMillion === null
  )
    return null;
  return {
    currency: costCurrency,
    input: fromMicros(inputCostMicrosPerMillion),
    cachedInput:
      cachedInputCostMicrosPerMillion === null ? null : fromMicros(cachedInputCostMicrosPerMillion),
    output: fromMicros(outputCostMicrosPerMillion),
  };
}

/** A model as the operator sees it, prices in credits per million tokens. */
export const showModelToAdmin = (model: Model) => ({
  id: model.id,
  upstream: model.upstream,
  upstreamModel: model.upstreamModel,
  inputPrice: toCredits(model.inputPriceMicrocreditsPerMillion),
  cachedInputPrice:
    model.cachedInputPriceMicrocreditsPerMillion === null
      ? null
      : toCredits(model.cachedInputPriceMicrocreditsPerMillion),
  outputPrice: toCredits(model.outputPriceMicrocreditsPerMillion),
  contextLength: model.contextLength,
  maxOutputTokens: model.maxOutputTokens,
  upstreamCost: showCost(model),
  isActive: model.isActive,
  createdAt: new Date(model.createdAt).toISOString(),
});
