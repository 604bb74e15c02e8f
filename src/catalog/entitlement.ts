import type { Entitlement } from "../meters.ts";
import type { Plan } from "./tables.ts";

/** What a plan lets its user do, as it is pushed into the user's credit account. */
export const toEntitlement = (plan: Plan): Entitlement => ({
  planId: plan.id,
  planVersion: plan.version,
  allowances: plan.allowances,
  models: plan.models,
  features: plan.features,
  requestsPerMinute: plan.requestsPerMinute,
});

/**
 * Whether buying this plan replaces what the buyer may do. A pack gives credits only, and leaves
 * the buyer's plan as it is: a plan replaces it when it includes an allowance or a feature.
 */
export const hasEntitlements = (plan: Pick<Plan, "allowances" | "features">): boolean =>
  Object.keys(plan.allowances).length > 0 || plan.features.length > 0;
