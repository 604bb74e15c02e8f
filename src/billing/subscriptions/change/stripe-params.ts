import type Stripe from "stripe";
import type { SubscriptionOffer } from "./offer.ts";

/**
 * Prorations and discounts are told apart, so that a line's amount is what its time is worth
 * whatever was taken off it.
 */
export const BILLING_MODE = {
  type: "flexible",
  flexible: { proration_discounts: "itemized" },
} as const;

/** The prices of a subscription: the plan's, and that of usage past what it includes. */
export const toPriceItems = ({
  stripePriceId,
  meteredStripePriceId,
  quantity,
}: SubscriptionOffer) => [
  { price: stripePriceId, quantity },
  ...(meteredStripePriceId === null ? [] : [{ price: meteredStripePriceId }]),
];

/**
 * What makes one subscription into another: the item that it has gets the new price, and prices of
 * usage come and go with their plan.
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
