import type Stripe from "stripe";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { describeError } from "../../stripe/stripe-failure.ts";
import type { Order } from "../store.ts";
import { syncOneTimeOrder } from "../sync-one-time-order.ts";

/** How an intent is to be paid. */
export interface ConfirmParams {
  readonly intentId: string;
  readonly paymentMethodId: string;
  /** Where the buyer comes back to from a page of their bank's. */
  readonly returnUrl: string;
}

/**
 * Pays an order's intent by a payment method of its buyer's, and delivers what was bought at once
 * where that pays it. A declined card leaves the order open for another.
 * @returns the intent as it is then: paid, under way, or with what the buyer has to do next;
 *   `card_declined`, `stripe_refused`, `conflict` for an order that is not open
 */
export async function confirmPayment(
  ctx: Context,
  { order, intentId, paymentMethodId, returnUrl }: ConfirmParams & { order: Order },
): Promise<Result<Stripe.PaymentIntent>> {
  const { config } = ctx;
  if (order.status === "completed")
    return fail("already_purchased", "This order was paid already.");
  if (order.status !== "pending")
    return fail("conflict", `This order is ${order.status}: begin a new one.`);
  const intent = await callStripe(config, (stripe) =>
    stripe.paymentIntents.confirm(intentId, {
      payment_method: paymentMethodId,
      return_url: returnUrl,
    }),
  );
  if (!intent.ok) return intent;
  // Stripe's events say the same: should this fail, they deliver what was bought.
  const synced = await syncOneTimeOrder(ctx, { orderId: order.id, requestedStripeId: null }).catch(
    (error: unknown) => fail("internal_error", describeError(error)),
  );
  if (!synced.ok)
    console.error(
      JSON.stringify({
        level: "error",
        doing: "delivering an order",
        orderId: order.id,
        error: synced.failure.message,
      }),
    );
  return ok(intent.value);
}
