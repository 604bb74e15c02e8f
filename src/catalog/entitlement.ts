import type { Entitlement } from "../meters.ts";
import type { Plan } from "./tables.ts";

/** Returns a plan's entitlement, as it is pushed into its users' credit accounts. */
export const toEntitlement = (plan: Plan): Entitlement => ({
  planId: plan.id,
  planVersion: plan.version,
  allowances: plan.allowances,
  models: plan.models,
  features: plan.features,
  requestsPerMinute: plan.requestsPerMinute,
});

/**
 * Returns whether buying this plan replaces the buyer's plan: when it includes an allowance or a
 * feature. A pack gives credits only, and leaves the buyer's plan as it is.
 */
export const hasEntitlements = (plan: Pick<Plan, "allowances" | "features">): boolean =>
  Object.keys(plan.allowances).length > 0 || plan.features.length > 0;
