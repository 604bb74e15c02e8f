import type Stripe from "stripe";
import type { SubscriptionOffer } from "./offer.ts";

/**
 * Stripe's billing mode in which discounts of prorations are listed apart, so that a line's amount
 * is the worth of its time before any discount.
 */
export const BILLING_MODE = {
  type: "flexible",
  flexible: { proration_discounts: "itemized" },
} as const;

/** Returns the items of a new subscription: the plan's price, and the one for overage. */
export const toPriceItems = ({
  stripePriceId,
  meteredStripePriceId,
  quantity,
}: SubscriptionOffer) => [
  { price: stripePriceId, quantity },
  ...(meteredStripePriceId === null ? [] : [{ price: meteredStripePriceId }]),
];

/**
 * Builds the changes of a subscription's items for another offer: the plan's item gets the new
 * price, and metered prices come and go with their plan.
 */
export function buildItemChanges(
  subscription: Stripe.Subscription,
  stripeItemId: string,
  offer: SubscriptionOffer,
): { id?: string; price?: string; quantity?: number; deleted?: boolean }[] {
  const others = subscription.items.data.filter(({ id }) => id !== stripeItemId);
  const hasMeter = others.some(({ price }) => price.id === offer.meteredStripePriceId);
  const removed = others.filter(
    ({ price }) =>
      price.recurring?.usage_type === "metered" && price.id !== offer.meteredStripePriceId,
  );
  return [
    { id: stripeItemId, price: offer.stripePriceId, quantity: offer.quantity },
    ...removed.map(({ id }) => ({ id, deleted: true })),
    ...(offer.meteredStripePriceId === null || hasMeter
      ? []
      : [{ price: offer.meteredStripePriceId }]),
  ];
}
