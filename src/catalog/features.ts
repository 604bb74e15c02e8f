import type { PricedPlan } from "./store.ts";
import type { Plan } from "./tables.ts";

/** The feature that making API keys needs, in a catalog that names it on a plan. */
export const API_ACCESS = "api_access";

/** `API access`, `api-access` and `api_access` name one feature. */
const toFeatureKey = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, "_");

/** Returns whether a plan has a feature, whatever the case and the spaces of its name. */
export function hasFeature(plan: Pick<Plan, "features">, name: string): boolean {
  const key = toFeatureKey(name);
  return plan.features.some((feature) => toFeatureKey(feature) === key);
}

/**
 * Returns whether single conversations are what a catalog sells: every plan that has a price
 * unlocks one.
 * @param plans the active ones
 */
export function sellsOnlyConversations(
  plans: readonly Pick<PricedPlan, "prices" | "unlocks">[],
): boolean {
  const sold = plans.filter(({ prices }) => prices.length > 0);
  return sold.length > 0 && sold.every(({ unlocks }) => unlocks === "conversation");
}
