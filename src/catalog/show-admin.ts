import type { Config } from "../config.ts";
import { toIso } from "../time.ts";
import { fromMicros, toCredits } from "../units.ts";
import { listUpstreams } from "./model-upstreams.ts";
import { showMorePrices } from "./more-prices.ts";
import { findPriceBelowCost } from "./price-guard.ts";
import { showPlan } from "./show-plan.ts";
import type { PricedPlan } from "./store.ts";
import type { Model } from "./tables.ts";
import { showMoreCosts } from "./upstream-prices.ts";
import type { GuardedModelView, ModelToAdminView, PlanToAdminView } from "./wire.ts";

/** Shows a plan to the operator. */
export const showPlanToAdmin = (plan: PricedPlan): PlanToAdminView => ({
  ...showPlan(plan),
  sortOrder: plan.sortOrder,
  version: plan.version,
  stripeProductId: plan.stripeProductId,
  createdAt: toIso(plan.createdAt),
  updatedAt: toIso(plan.updatedAt),
});

/**
 * Shows the upstream's prices of a million tokens, in the currency's major unit; null where they
 * are not known.
 */
function showCost(model: Model): ModelToAdminView["upstreamCost"] {
  const {
    costCurrency: currency,
    inputCostMicrosPerMillion: input,
    cachedInputCostMicrosPerMillion: cachedInput,
    outputCostMicrosPerMillion: output,
  } = model;
  if (currency === null || input === null || output === null) return null;
  return {
    currency,
    input: fromMicros(input),
    cachedInput: cachedInput === null ? null : fromMicros(cachedInput),
    output: fromMicros(output),
    ...showMoreCosts(model.moreCosts),
  };
}

/** Shows a model to the operator, with the first price that is below its cost. */
export function showGuardedModel(
  model: Model,
  creditValue: Config["CREDIT_VALUE"],
): GuardedModelView {
  const shown = showModelToAdmin(model);
  const below = findPriceBelowCost(shown, creditValue);
  if (below === undefined) return { ...shown, belowCost: null };
  const { path: field, ...figures } = below;
  return { ...shown, belowCost: { field, ...figures } };
}

/** Shows a model to the operator, with its prices in credits per million tokens. */
export const showModelToAdmin = (model: Model): ModelToAdminView => ({
  id: model.id,
  aliases: [...model.aliases],
  kind: model.kind,
  upstream: model.upstream,
  upstreamModel: model.upstreamModel,
  upstreams: [...listUpstreams(model)],
  inputPrice: toCredits(model.inputPriceMicrocreditsPerMillion),
  cachedInputPrice:
    model.cachedInputPriceMicrocreditsPerMillion === null
      ? null
      : toCredits(model.cachedInputPriceMicrocreditsPerMillion),
  cacheWritePrice:
    model.cacheWritePriceMicrocreditsPerMillion === null
      ? null
      : toCredits(model.cacheWritePriceMicrocreditsPerMillion),
  outputPrice: toCredits(model.outputPriceMicrocreditsPerMillion),
  ...showMorePrices(model.morePrices),
  descriptions: model.descriptions,
  contextLength: model.contextLength,
  maxOutputTokens: model.maxOutputTokens,
  reasoning: model.reasoning,
  imageTokens: model.imageTokens,
  lowDetailImageTokens: model.lowDetailImageTokens,
  upstreamCost: showCost(model),
  isActive: model.isActive,
  createdAt: toIso(model.createdAt),
});
