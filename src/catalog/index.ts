/** The catalog's front door: what is sold and what it costs. See README.md. */
export type { CatalogData } from "./catalog-data.ts";
export { toEntitlement, hasEntitlements } from "./entitlement.ts";
export { loadCatalog } from "./load-catalog.ts";
export { findModel, clearModelCache, loadModels, type ModelPricing } from "./model-cache.ts";
export { modelPatch, newModel } from "./model-data.ts";
export type { ChangeAudit } from "./change-audit.ts";
export { parsePlanCursor, toPlanCursor } from "./plan-cursor.ts";
export { newPlan, planPatch } from "./plan-data.ts";
export { findAmountProblem, findPlanProblem } from "./plan-rules.ts";
export { type PriceParams, choosePrice } from "./choose-price.ts";
export { modelRoutes, planRoutes } from "./routes.ts";
export { showModelToAdmin, showPlanToAdmin } from "./show-admin.ts";
export { type SoldPrice, listSoldPrices } from "./sold-prices.ts";
export {
  findPlan,
  listPricesById,
  findFreePlan,
  listModels,
  listPlans,
  type PricedPlan,
  listUnlockingPlans,
} from "./store.ts";
export {
  linkPrice,
  linkProduct,
  findPlanByStripeId,
  findPriceByStripeId,
  findPrice,
  listRetiredStripePrices,
} from "./stripe-links.ts";
export { INTERVALS, type Interval, type Plan, type Price, type SeenProduct } from "./tables.ts";
export {
  importPrice,
  type StripeMadePrice,
  activatePrice,
  applyStripeProduct,
  retirePrice,
} from "./apply-stripe-changes.ts";
export { listModelCosts, toUpstreamCost, type UpstreamCost } from "./upstream-cost.ts";
export { updateModel, createModel, deactivateModel, findAnyModel } from "./write-models.ts";
export { updatePlan, createPlan, deactivatePlan } from "./write-plans.ts";
