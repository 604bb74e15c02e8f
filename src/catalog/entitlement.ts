import type { Entitlement } from "../meters.ts";
import type { Plan } from "./tables.ts";

/** Returns allowances that let nothing through: there is a meter, and none of it. */
const toNothing = (allowances: Entitlement["allowances"]): Entitlement["allowances"] =>
  Object.fromEntries(
    Object.entries(allowances).map(([meter, { period }]) => [meter, { limit: 0, period }]),
  );

/**
 * Returns a plan's entitlement, as it is pushed into a user's credit account. A free plan gives its
 * allowances to those users alone who have the free allowance of their mailbox.
 */
export const toEntitlement = (
  plan: Plan,
  { hasFreeAllowance }: { readonly hasFreeAllowance: boolean },
): Entitlement => ({
  planId: plan.id,
  planVersion: plan.version,
  allowances:
    plan.kind === "free" && !hasFreeAllowance ? toNothing(plan.allowances) : plan.allowances,
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

/** Returns whether a user can have this as their plan: all but packs and tiers. */
export const givesPlan = (plan: Pick<Plan, "kind" | "allowances" | "features">): boolean =>
  plan.kind !== "one_time" || hasEntitlements(plan);
