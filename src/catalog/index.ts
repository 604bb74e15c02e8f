/** The catalog's front door: what is sold and what it costs. See README.md. */
export type { CatalogData } from "./catalog-data.ts";
export { entitlementOf, isEntitling } from "./entitlement.ts";
export { loadCatalog } from "./load-catalog.ts";
export { findModel, forgetModels, loadModels, type ModelPricing } from "./model-cache.ts";
export { modelPatch, newModel } from "./model-data.ts";
export type { ChangeAudit } from "./note.ts";
export { planAfter, planCursor } from "./plan-cursor.ts";
export { newPlan, planPatch } from "./plan-data.ts";
export { amountProblem, planProblem } from "./plan-rules.ts";
export { type PriceParams, priceOf } from "./price-of.ts";
export { modelRoutes, planRoutes } from "./routes.ts";
export { showModelToAdmin, showPlanToAdmin } from "./show-admin.ts";
export { type SoldPrice, soldPrices } from "./sold-prices.ts";
export {
  findPlan,
  findPrices,
  freePlan,
  listModels,
  listPlans,
  type PricedPlan,
  plansUnlocking,
} from "./store.ts";
export {
  linkPrice,
  linkProduct,
  planAtStripe,
  priceAtStripe,
  priceById,
  retiredAtStripe,
} from "./stripe-links.ts";
export { INTERVALS, type Interval, type Plan, type Price, type SeenProduct } from "./tables.ts";
export {
  adoptPrice,
  type ForeignPrice,
  putPriceOnSale,
  takeOverProduct,
  takePriceOffSale,
} from "./take-over.ts";
export { costHistory, costOfUse, type UpstreamCost } from "./upstream-cost.ts";
export { changeModel, createModel, deactivateModel, findAnyModel } from "./write-models.ts";
export { changePlan, createPlan, deactivatePlan } from "./write-plans.ts";
