import type { PricedPlan, SeenProduct } from "../../catalog/index.ts";

/** The changes of a plan that its product at Stripe asks for. */
export interface ProductChange {
  readonly name?: string;
  readonly isActive?: boolean;
  readonly stripeSeen: SeenProduct;
}

/** The longest name of a plan. */
const NAME_MAX = 100;

/**
 * Decides the changes of a plan by its product's state at Stripe. Only a difference from the state
 * that was seen there before counts: the rest was changed here, and a late event does not undo it.
 * A plan whose product is gone becomes inactive.
 * @param current null when the product no longer exists at Stripe
 * @returns undefined when nothing is new
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
