import type Stripe from "stripe";
import type { Context } from "../../../context.ts";
import { type Failure, ok, type Result } from "../../../errors.ts";
import { admitPurchase } from "../../access/admit-purchase.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { wantsConfirmation } from "../../stripe/stripe-failure.ts";
import { flushOverage } from "../report-overage.ts";
import type { Subscription } from "../store.ts";
import type { StripeChangeParams, SubscriptionChangeParams } from "./decide-change.ts";
import { prepareChange } from "./prepare-change.ts";
import { auditRequest, resync } from "./resync.ts";

const updateAtStripe = (
  { config }: Context,
  subscriptionId: string,
  params: StripeChangeParams,
  behavior: Stripe.SubscriptionUpdateParams.PaymentBehavior,
): Promise<Result<Stripe.Subscription>> =>
  callStripe(config, (stripe) =>
    stripe.subscriptions.update(subscriptionId, {
      ...params,
      payment_behavior: behavior,
      expand: ["latest_invoice"],
    }),
  );

/**
 * Returns the refusal of a change that waits for the card holder, with the page on which they
 * confirm its payment; null where nothing waits.
 */
function toConfirmation({ pending_update, latest_invoice }: Stripe.Subscription): Failure | null {
  if (pending_update === null || typeof latest_invoice !== "object") return null;
  const paymentUrl = latest_invoice?.hosted_invoice_url ?? undefined;
  const message =
    "Your bank requires you to confirm this payment. Confirm it on Stripe's page within 23 " +
    "hours; your plan changes once it's paid.";
  return { code: "card_declined", message, param: "authentication_required", paymentUrl };
}

/**
 * Makes a change at Stripe. Where the bank wants the card holder to confirm the payment, the change
 * is made pending: Stripe applies it once its invoice is paid, and drops it after 23 hours
 * (https://docs.stripe.com/billing/subscriptions/pending-updates).
 * @returns null once it is made; the refusal of one that waits for the card holder; or why Stripe
 *   did not make it
 */
async function makeChange(
  ctx: Context,
  subscriptionId: string,
  params: StripeChangeParams,
): Promise<Result<Failure | null>> {
  const updated = await updateAtStripe(ctx, subscriptionId, params, "error_if_incomplete");
  if (updated.ok) return ok(null);
  if (!wantsConfirmation(updated.failure)) return updated;
  const pending = await updateAtStripe(ctx, subscriptionId, params, "pending_if_incomplete");
  return pending.ok ? ok(toConfirmation(pending.value)) : updated;
}

/**
 * Changes the plan, interval or quantity of a subscription. The amount due for the rest of the
 * period is paid at once, or credited. A payment that fails changes nothing, and one that the
 * customer has to confirm with the bank nothing until then: the plan is not given on trust.
 * @returns the subscription as it is now; `card_declined`, with `paymentUrl` where the payment is
 *   to be confirmed, `already_purchased`, `conflict` while a payment is missing, `invalid_request`
 */
export async function changeSubscription(
  ctx: Context,
  subscription: Subscription,
  requested: SubscriptionChangeParams,
): Promise<Result<Subscription>> {
  const change = await prepareChange(ctx, subscription, requested);
  if (!change.ok) return change;
  const { params, offer } = change.value;
  const { id, updatedAt } = subscription;
  const admitted = await admitPurchase(ctx, {
    operationId: `change:${id}:${offer.price.id}:${offer.quantity}:${updatedAt}`,
    amountMinor: offer.price.amountMinor * offer.quantity,
    currency: offer.price.currency,
  });
  if (!admitted.ok) return admitted;
  // A metered price that goes is billed now, for what Stripe knows of.
  const flushed = await flushOverage(ctx, subscription.userId);
  if (!flushed.ok) return flushed;
  const made = await makeChange(ctx, subscription.id, params);
  if (!made.ok) return made;
  const after = { planId: offer.plan.id, priceId: offer.price.id, quantity: offer.quantity };
  await auditRequest(ctx, subscription, { action: "subscription.change_requested", after });
  const current = await resync(ctx, subscription);
  return made.value === null ? ok(current) : { ok: false, failure: made.value };
}
