import type { Context } from "../../../context.ts";
import { ok, type Result } from "../../../errors.ts";
import { admitPurchase } from "../../access/admit-purchase.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { flushOverage } from "../report-overage.ts";
import type { Subscription } from "../store.ts";
import type { SubscriptionChangeParams } from "./decide-change.ts";
import { prepareChange } from "./prepare-change.ts";
import { auditRequest, resync } from "./resync.ts";

/**
 * Changes the plan, interval or quantity of a subscription. The amount due for the rest of the
 * period is paid at once, or credited. A payment that fails, or that needs the customer to
 * authenticate with the bank, changes nothing: the plan is not given on trust.
 * @returns the subscription as it is now; `card_declined`, `already_purchased`, `conflict` while a
 *   payment is missing, `invalid_request`
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
  const updated = await callStripe(ctx.config, (stripe) =>
    stripe.subscriptions.update(subscription.id, {
      ...params,
      payment_behavior: "error_if_incomplete",
    }),
  );
  if (!updated.ok) return updated;
  const after = { planId: offer.plan.id, priceId: offer.price.id, quantity: offer.quantity };
  await auditRequest(ctx, subscription, { action: "subscription.change_requested", after });
  return ok(await resync(ctx, subscription));
}
