import type Stripe from "stripe";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { log } from "../../../log.ts";
import { admitPurchase } from "../../access/admit-purchase.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { describeError } from "../../stripe/stripe-failure.ts";
import type { Order } from "../store.ts";
import { syncOneTimeOrder } from "../sync-one-time-order.ts";

/** The way in which an intent is to be paid. */
export interface ConfirmParams {
  readonly intentId: string;
  readonly paymentMethodId: string;
  /** The URL to which the buyer returns from a page of their bank. */
  readonly returnUrl: string;
  /** Whether the intent ends with a decline: too many cards were declined. */
  readonly isLastTry: boolean;
}

/**
 * Cancels an intent at Stripe, and fails its order, so that nobody tries cards on it by its secret.
 * Should it fail, the cron does so within a day.
 */
async function endIntent(ctx: Context, order: Order, intentId: string): Promise<void> {
  const canceled = await callStripe(ctx.config, (stripe) => stripe.paymentIntents.cancel(intentId));
  const ended = canceled.ok
    ? await syncOneTimeOrder(ctx, { orderId: order.id, requestedStripeId: null })
    : canceled;
  if (!ended.ok)
    log.error("intent.end_failed", { orderId: order.id, error: ended.failure.message });
}

/**
 * Pays an order's intent with a payment method of its buyer, and delivers the order at once where
 * that pays it. A declined card leaves the order open for another one.
 * @returns the intent afterwards: paid, under way, or with the buyer's next action;
 *   `card_declined`, `stripe_refused`, `conflict` or `already_purchased` for an order that is not
 *   open
 */
export async function confirmPayment(
  ctx: Context,
  { order, intentId, paymentMethodId, returnUrl, isLastTry }: ConfirmParams & { order: Order },
): Promise<Result<Stripe.PaymentIntent>> {
  const { config } = ctx;
  if (order.status === "completed") return fail("already_purchased", "This order is already paid.");
  if (order.status !== "pending")
    return fail(
      "conflict",
      `This order can't be paid: its status is ${order.status}. Create a new one.`,
    );
  const { id, amountMinor, currency } = order;
  const admitted = await admitPurchase(ctx, { operationId: `order:${id}`, amountMinor, currency });
  if (!admitted.ok) return admitted;
  const intent = await callStripe(config, (stripe) =>
    stripe.paymentIntents.confirm(intentId, {
      payment_method: paymentMethodId,
      return_url: returnUrl,
    }),
  );
  if (!intent.ok) {
    if (isLastTry && intent.failure.code === "card_declined") await endIntent(ctx, order, intentId);
    return intent;
  }
  // Should this fail, Stripe's events about the payment deliver the order.
  const synced = await syncOneTimeOrder(ctx, { orderId: order.id, requestedStripeId: null }).catch(
    (error: unknown) => fail("internal_error", describeError(error)),
  );
  if (!synced.ok)
    log.error("order.delivery_failed", { orderId: order.id, error: synced.failure.message });
  return ok(intent.value);
}
