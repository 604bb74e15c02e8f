import type Stripe from "stripe";
import type { PricedPlan, SeenProduct } from "../../catalog/index.ts";
import { decideLimits, pickLimits } from "./product-limits.ts";

/** The changes of a plan that its product at Stripe asks for. */
export interface ProductChange {
  readonly name?: string;
  readonly isActive?: boolean;
  readonly allowances?: PricedPlan["allowances"];
  /** Why the limits in its metadata are not taken, where that is new. */
  readonly refusedLimits?: string;
  readonly stripeSeen: SeenProduct;
}

/** Converts a product to the parts of it that set its plan. */
export const toSeenProduct = ({
  name,
  active,
  metadata,
}: Pick<Stripe.Product, "name" | "active" | "metadata">): SeenProduct => ({
  name,
  active,
  limits: pickLimits(metadata),
});

/** The longest name of a plan. */
const NAME_MAX = 100;

const isSameSeen = (a: SeenProduct, b: SeenProduct): boolean =>
  a.name === b.name &&
  a.active === b.active &&
  JSON.stringify(a.refusedLimits ?? a.limits) === JSON.stringify(b.refusedLimits ?? b.limits);

/**
 * Decides a plan's allowances by its product, and what was seen of the product then. Where limits
 * are refused, the next ones are compared with those that were taken last.
 */
function decideAllowances(
  plan: PricedPlan,
  seen: SeenProduct,
): Pick<ProductChange, "allowances" | "refusedLimits" | "stripeSeen"> {
  const { stripeSeen: lastSeen } = plan;
  const taken = lastSeen?.limits;
  // Of a product that was linked before its limits were looked at, they are only noted.
  if (seen.limits === undefined || (lastSeen !== null && taken === undefined))
    return { stripeSeen: seen };
  const decided = decideLimits(plan, taken, seen.limits);
  if (decided === undefined) return { stripeSeen: seen };
  if (!("problem" in decided)) return { ...decided, stripeSeen: seen };
  const { name, active, limits: refusedLimits } = seen;
  const stripeSeen = { name, active, limits: taken ?? {}, refusedLimits };
  const wasTold = JSON.stringify(lastSeen?.refusedLimits) === JSON.stringify(refusedLimits);
  return { stripeSeen, ...(wasTold ? {} : { refusedLimits: decided.problem }) };
}

/**
 * Decides the changes of a plan by its product's state at Stripe. Only a difference from the state
 * that was seen there before counts: the rest was changed here, and a late event does not undo it.
 * A plan whose product is gone becomes inactive. Limits that cannot be taken leave the plan's as
 * they are.
 * @param current null when the product no longer exists at Stripe
 * @returns undefined when nothing is new
 */
export function decideProductChange(
  plan: PricedPlan,
  current: SeenProduct | null,
): ProductChange | undefined {
  const { stripeSeen: lastSeen } = plan;
  const seen: SeenProduct = current ?? { name: plan.name, ...lastSeen, active: false };
  if (lastSeen !== null && isSameSeen(lastSeen, seen)) return undefined;
  const name = seen.name.trim().slice(0, NAME_MAX);
  const renamed = lastSeen?.name !== seen.name && name !== "" && name !== plan.name;
  // New users need the free plan, and nobody pays for it at Stripe.
  const activeChanged =
    lastSeen?.active !== seen.active && seen.active !== plan.isActive && plan.kind !== "free";
  return {
    ...(current === null ? { stripeSeen: seen } : decideAllowances(plan, seen)),
    ...(renamed ? { name } : {}),
    ...(activeChanged ? { isActive: seen.active } : {}),
  };
}
