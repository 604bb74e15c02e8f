import {
  choosePrice,
  hasEntitlements,
  type PricedPlan,
  type PriceParams,
} from "../../../catalog/index.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import type { OrderTerms } from "../../orders/order-terms.ts";

type Price = PricedPlan["prices"][number];

/** An offer of a subscription: a recurring price of a plan, and the ids that Stripe has for it. */
export interface SubscriptionOffer {
  readonly plan: PricedPlan;
  readonly price: Price;
  readonly quantity: number;
  readonly stripePriceId: string;
  /** Stripe's price for usage past the plan's allowance. */
  readonly meteredStripePriceId: string | null;
}

const invalidField = (message: string, param: string) =>
  fail("invalid_request", message, { param });

/**
 * Decides whether a plan can be subscribed to, and at which price.
 * @returns `invalid_request` naming the field that does not fit; `billing_unavailable` while Stripe
 *   does not have its price
 */
export function decideSubscriptionOffer(
  plan: PricedPlan,
  requested: PriceParams & { quantity: number },
): Result<SubscriptionOffer> {
  if (plan.kind === "free")
    return invalidField(
      `${plan.name} is free. Cancel your subscription to switch to it.`,
      "planId",
    );
  if (plan.kind !== "subscription")
    return invalidField(`${plan.name} isn't a subscription.`, "planId");
  if (!hasEntitlements(plan) && plan.creditsMicrocredits === 0)
    return invalidField(`${plan.name} doesn't include anything, so it can't be bought.`, "planId");
  const chosen = choosePrice(plan, requested);
  if (!chosen.ok) return chosen;
  const price = chosen.value;
  const { quantity } = requested;
  // A user has a plan's entitlements once; only its credits can be bought several times.
  if (quantity > 1 && plan.creditsMicrocredits === 0)
    return invalidField(`${plan.name} doesn't include credits, so quantity must be 1.`, "quantity");
  if (
    !Number.isSafeInteger(price.amountMinor * quantity) ||
    !Number.isSafeInteger(plan.creditsMicrocredits * quantity)
  )
    return invalidField("That quantity is too large for one order.", "quantity");
  const { stripePriceId, meteredStripePriceId, overageAmountMinor } = price;
  if (stripePriceId === null || (overageAmountMinor !== null && meteredStripePriceId === null))
    return fail(
      "billing_unavailable",
      `${plan.name} isn't on sale yet: its price hasn't been created in Stripe.`,
      { param: "planId" },
    );
  return ok({ plan, price, quantity, stripePriceId, meteredStripePriceId });
}

/**
 * Returns the terms of the order for a subscription: the price and the credits of its first period
 * without a trial. Its invoices give the credits; the order does not.
 */
export const toOrderTerms = ({ plan, price, quantity }: SubscriptionOffer): OrderTerms => ({
  kind: "subscription",
  planId: plan.id,
  title: plan.name,
  priceId: price.id,
  quantity,
  currency: price.currency,
  amountMinor: price.amountMinor * quantity,
  creditsMicrocredits: plan.creditsMicrocredits * quantity,
  creditsExpireAfterDays: null,
  givesPlan: false,
});
