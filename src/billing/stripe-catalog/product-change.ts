import type { PricedPlan, SeenProduct } from "../../catalog/index.ts";

/** What of a plan's product changed at Stripe. */
export interface ProductChange {
  readonly name?: string;
  readonly isActive?: boolean;
  readonly stripeSeen: SeenProduct;
}

/** As long as a plan's name may be. */
const NAME_MAX = 100;

/**
 * What a product's present state at Stripe changes of its plan. Only what differs from what was
 * seen there before: the rest was changed here, and is not undone by an event that comes late. A
 * product that is gone is sold no more.
 * @param now null where Stripe has it no more
 * @returns undefined where nothing is new
 */
export function decideProductChange(
  plan: PricedPlan,
  current: SeenProduct | null,
): ProductChange | undefined {
  const { stripeSeen: lastSeen } = plan;
  const seen = current ?? { name: lastSeen?.name ?? plan.name, active: false };
  if (lastSeen !== null && lastSeen.name === seen.name && lastSeen.active === seen.active)
    return undefined;
  const name = seen.name.trim().slice(0, NAME_MAX);
  const renamed = lastSeen?.name !== seen.name && name !== "" && name !== plan.name;
  // New users need the free plan, and nobody pays for it at Stripe.
  const activeChanged =
    lastSeen?.active !== seen.active && seen.active !== plan.isActive && plan.kind !== "free";
  return {
    stripeSeen: seen,
    ...(renamed ? { name } : {}),
    ...(activeChanged ? { isActive: seen.active } : {}),
  };
}
