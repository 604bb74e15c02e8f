import type Stripe from "stripe";
import type { PricedPlan } from "../../../catalog/index.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import type { Interval } from "../../../time.ts";
import { isPeriodPaid, periodNotPaid } from "../invoices/period-paid.ts";
import type { Subscription } from "../store.ts";
import type { SubscriptionOffer } from "./offer.ts";
import { buildItemChanges } from "./stripe-params.ts";

/** The terms that a subscription is to have. Those that are left out stay as they are. */
export interface SubscriptionChangeParams {
  readonly planId?: string | undefined;
  readonly interval?: Interval | undefined;
  readonly quantity?: number | undefined;
}

/** The parameters of a change at Stripe. */
export interface StripeChangeParams {
  readonly items: ReturnType<typeof buildItemChanges>;
  readonly proration_behavior: "always_invoice";
  readonly trial_end?: "now";
  readonly billing_cycle_anchor?: { readonly type: "now" };
}

/** A subscription can be changed while it is paid for or on trial; else its payment comes first. */
export const requireChangeable = (status: Stripe.Subscription.Status): Result<null> =>
  status === "active" || status === "trialing"
    ? ok(null)
    : fail(
        "conflict",
        `This subscription can't be changed while its status is ${status}. Complete its ` +
          "payment first.",
      );

/**
 * Returns the interval of a changed subscription: the requested one, else the interval that it has,
 * where the new plan has a price for it in the subscription's currency.
 */
export function chooseInterval(
  { priceId, currency }: Subscription,
  { plan, currentPlan }: { plan: PricedPlan; currentPlan: PricedPlan | undefined },
  requested: Interval | undefined,
): Interval | undefined {
  if (requested !== undefined) return requested;
  const current = currentPlan?.prices.find(({ id }) => id === priceId)?.interval;
  const isSold = plan.prices.some(
    (price) => price.interval === current && price.currency === currency,
  );
  return isSold ? (current ?? undefined) : undefined;
}

/** Refuses an offer that a subscription has already. */
export const requireDifferent = (
  { priceId, quantity }: Subscription,
  { plan, price, quantity: offered }: SubscriptionOffer,
): Result<null> =>
  price.id === priceId && offered === quantity
    ? fail("already_purchased", `You're already subscribed to ${plan.name}.`, { param: "planId" })
    : ok(null);

/** Returns whether an offer is billed at another interval than the item of a subscription. */
export function isOtherInterval(
  atStripe: Stripe.Subscription,
  stripeItemId: string,
  { price }: SubscriptionOffer,
): boolean {
  const recurring = atStripe.items.data.find(({ id }) => id === stripeItemId)?.price.recurring;
  return recurring?.interval !== price.interval || recurring?.interval_count !== 1;
}

/**
 * Returns whether a change would begin a new period in which the subscription ends. A cancellation
 * in Stripe's portal sets a time that stays when the period becomes another one
 * (https://docs.stripe.com/billing/subscriptions/billing-mode/compare).
 */
export function wouldBeCutOff(
  atStripe: Stripe.Subscription,
  stripeItemId: string,
  offer: SubscriptionOffer,
): boolean {
  const { status, cancel_at: cancelAt, cancel_at_period_end: isAtPeriodEnd } = atStripe;
  const beginsPeriod = status === "trialing" || isOtherInterval(atStripe, stripeItemId, offer);
  return beginsPeriod && cancelAt !== null && !isAtPeriodEnd;
}

/**
 * Decides whether a subscription can be changed now, and how at Stripe. Up or down, the amount due
 * is invoiced at once: credits follow the money, and neither is left for later. A trial belongs to
 * the plan that it was offered with, so it ends, as it does in Stripe's portal. Another interval
 * begins a new period: by itself Stripe would charge only up to the next anniversary of the first
 * one (https://docs.stripe.com/billing/subscriptions/billing-mode/compare).
 * @param atStripe the subscription as Stripe has it now, with its latest invoice
 * @returns `conflict` while a payment is missing or on its way
 */
export function decideChange(
  atStripe: Stripe.Subscription,
  stripeItemId: string,
  offer: SubscriptionOffer,
): Result<StripeChangeParams> {
  // Its last payment may just have failed, or be yet to come: time that was never paid would be
  // given back as money.
  const changeable = requireChangeable(atStripe.status);
  if (!changeable.ok) return changeable;
  if (!isPeriodPaid(atStripe)) return periodNotPaid();
  if (wouldBeCutOff(atStripe, stripeItemId, offer))
    return fail(
      "conflict",
      "This subscription is set to cancel before the new period ends. Resume it before you " +
        "change plans.",
    );
  return ok({
    items: buildItemChanges(atStripe, stripeItemId, offer),
    proration_behavior: "always_invoice",
    // The end of a trial begins a new period by itself.
    ...(atStripe.status === "trialing"
      ? { trial_end: "now" }
      : isOtherInterval(atStripe, stripeItemId, offer)
        ? { billing_cycle_anchor: { type: "now" } }
        : {}),
  });
}
