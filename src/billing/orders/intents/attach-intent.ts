import type Stripe from "stripe";
import { findUser } from "../../../auth/index.ts";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { createOnce, requestKey } from "../../stripe/create-once.ts";
import { withCustomer } from "../../stripe/customer.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { buildOrderMetadata } from "../session-params.ts";
import { findOrder, findSessionOfOrder, type Order } from "../store.ts";
import { syncOneTimeOrder } from "../sync-one-time-order.ts";
import { bindIntent, cancelSessionOfOrder, unbindIntent } from "./store.ts";

const PAYMENT_IN_PROGRESS = fail("conflict", "This order is already being paid.");

/** Returns the order if it can still be paid, and by an intent. */
function requirePayable(order: Order): Result<Order> {
  if (order.kind === "subscription") {
    const message = "Start subscriptions with POST /api/checkout or /api/payments/subscriptions.";
    return fail("invalid_request", message, { param: "orderId" });
  }
  if (order.status === "pending") return ok(order);
  if (order.status === "completed" || order.status === "disputed")
    return fail("already_purchased", "This order is already paid.");
  return fail(
    "conflict",
    `This order can't be paid: its status is ${order.status}. Create a new one.`,
    { param: "orderId" },
  );
}

/** Returns the one intent of an order: concurrent requests all get the same. */
async function findOrCreateIntent(
  ctx: Context,
  order: Order,
): Promise<Result<Stripe.PaymentIntent>> {
  const { db, config } = ctx;
  const existingId = order.stripePaymentIntentId;
  if (existingId !== null)
    return await callStripe(config, (stripe) => stripe.paymentIntents.retrieve(existingId));
  const buyer = await findUser(db, order.userId);
  if (buyer === undefined) return fail("not_found", "This user has been deleted.");
  const createIntent = async (customer: string) => {
    const params = {
      amount: order.amountMinor,
      currency: order.currency,
      customer,
      description: order.title,
      metadata: buildOrderMetadata(order.id, order.userId, order),
      automatic_payment_methods: { enabled: true },
    };
    const key = await requestKey(`intent:${order.id}`, params);
    return await createOnce(config, key, (stripe, options) =>
      stripe.paymentIntents.create(params, options),
    );
  };
  return await withCustomer(ctx, buyer, createIntent);
}

/**
 * Closes the page that an order was offered on, at Stripe first.
 * @returns false when the buyer has paid there, or is just paying
 */
async function closeCheckoutPage(ctx: Context, order: Order): Promise<Result<boolean>> {
  const { db, config, nowMs } = ctx;
  const session = await findSessionOfOrder(db, order.id);
  if (session === undefined || session.status === "canceled") return ok(true);
  const { stripeId, status } = session;
  if (status !== "pending") return ok(false);
  if (stripeId !== null) {
    const closed = await callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
    if (!closed.ok && closed.failure.code !== "stripe_refused") return closed;
    // Stripe refuses to close a closed page. Time may have closed it, or a request that died right
    // afterwards.
    const page = closed.ok
      ? closed
      : await callStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId));
    if (!page.ok) return page;
    if (page.value.status !== "expired") return ok(false);
  }
  await cancelSessionOfOrder(db, order.id, nowMs);
  return ok(true);
}

/**
 * Attaches a payment intent to an order, so that it can be paid in the caller's own form instead of
 * on Stripe's page: for the order's amount, by its buyer. The page is closed before anybody gets
 * the intent's secret, so that only one of the two can be paid. Where the page was paid first, the
 * intent is canceled.
 * @returns the intent; `already_purchased`; `conflict` while the page is being paid, or when the
 *   order failed or was refunded; or why Stripe did not make it
 */
export async function attachIntent(
  ctx: Context,
  order: Order,
): Promise<Result<Stripe.PaymentIntent>> {
  const { db, config } = ctx;
  const payable = requirePayable(order);
  if (!payable.ok) return payable;
  // An intent has no lines for which Stripe could calculate taxes.
  if (config.STRIPE_AUTOMATIC_TAX)
    return fail(
      "conflict",
      "Taxes are calculated on Stripe's checkout page. Use POST /api/checkout.",
    );
  const intent = await findOrCreateIntent(ctx, order);
  if (!intent.ok) return intent;
  const { id } = intent.value;
  const bound = await bindIntent(db, order.id, id);
  const closed = bound ? await closeCheckoutPage(ctx, order) : ok(false);
  if (closed.ok && closed.value) return intent;
  // Nobody has its secret, so a failure here does no harm.
  await callStripe(config, (stripe) => stripe.paymentIntents.cancel(id));
  await unbindIntent(db, order.id, id);
  if (!closed.ok) return closed;
  const synced = await syncOneTimeOrder(ctx, { orderId: order.id, requestedStripeId: null });
  if (!synced.ok) return synced;
  const current = requirePayable((await findOrder(db, order.id)) ?? order);
  return current.ok ? PAYMENT_IN_PROGRESS : current;
}
