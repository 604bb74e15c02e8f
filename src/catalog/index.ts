/** The catalog's front door: what is sold and what it costs. See README.md. */
export type { CatalogData } from "./catalog-data.ts";
export { entitlementOf, isEntitling } from "./entitlement.ts";
export { loadCatalog } from "./load-catalog.ts";
export { findModel, forgetModels, loadModels, type ModelPricing } from "./model-cache.ts";
export { type PriceWish, priceOf } from "./price-of.ts";
export { modelRoutes, planRoutes } from "./routes.ts";
export { findPlan, freePlan, listPlans, type PricedPlan, setStripeIds } from "./store.ts";
export type { Interval, Model, Plan, PlanKind, Price } from "./tables.ts";
