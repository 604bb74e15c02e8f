/** The front door of the catalog: plans, prices and models. See README.md. */

export { includedOf } from "./allowance-words.ts";
export {
  activatePrice,
  applyStripeProduct,
  importPrice,
  retirePrice,
  type StripeMadePrice,
} from "./apply-stripe-changes.ts";
export { type CatalogData, type CheckedCatalog, catalogData } from "./catalog-data.ts";
export type { ChangeAudit } from "./change-audit.ts";
export { choosePrice, type PriceParams } from "./choose-price.ts";
export { createPlan } from "./create-plan.ts";
export { chooseDefaultModel } from "./default-model.ts";
export { hasEntitlements, toEntitlement } from "./entitlement.ts";
export { API_ACCESS, hasFeature, sellsOnlyConversations } from "./features.ts";
export {
  hasFreePlan,
  loadCatalog,
  loadFirstFreePlan,
  loadWholeCatalog,
} from "./load-catalog.ts";
export {
  clearModelCache,
  findFirstOfKind,
  findModel,
  loadChatModels,
  type ModelPricing,
} from "./model-cache.ts";
export { modelPatch, newModel } from "./model-data.ts";
export { requireKind } from "./model-kinds.ts";
export { listUpstreams } from "./model-upstreams.ts";
export { parsePlanCursor, toPlanCursor } from "./plan-cursor.ts";
export { newPlan, planPatch } from "./plan-data.ts";
export { findPlanNames } from "./plan-names.ts";
export { findAmountProblem, findPlanProblem, floorAmount } from "./plan-rules.ts";
export { modelRoutes, planRoutes } from "./routes.ts";
export { showGuardedModel, showModelToAdmin, showPlanToAdmin } from "./show-admin.ts";
export { listSoldPrices, type SoldPrice } from "./sold-prices.ts";
export {
  findFreePlan,
  findPlan,
  listModels,
  listPlans,
  listPricesById,
  listUnlockingPlans,
  type PricedPlan,
} from "./store.ts";
export {
  findPlanByStripeId,
  findPrice,
  findPriceByStripeId,
  linkPrice,
  linkProduct,
  listRetiredStripePrices,
} from "./stripe-links.ts";
export type { Model, Plan, Price, SeenProduct } from "./tables.ts";
export { pricesOf, upstreamPricesOf } from "./token-prices.ts";
export { deactivatePlan, updatePlan } from "./update-plan.ts";
export { listModelCosts, toUpstreamCost, type UpstreamCost } from "./upstream-cost.ts";
export {
  allowancesView,
  guardedModelView,
  planToAdminView,
  planView,
} from "./wire.ts";
export { createModel, deactivateModel, findAnyModel, updateModel } from "./write-models.ts";
