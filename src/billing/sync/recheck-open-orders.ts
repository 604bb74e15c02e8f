import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { forEachDue } from "../../for-each-due.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../time.ts";
import {
  failOrder,
  findOrder,
  findSessionOfOrder,
  listOrdersDueForCheck,
  type Order,
  scheduleOrderCheck,
} from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { describeError } from "../stripe/stripe-failure.ts";
import { requestReconcile } from "./reconcile-due.ts";
import { syncOrder } from "./sync-order.ts";

const MIN_DELAY_MS = 10 * MINUTE_MS;
const MAX_DELAY_MS = 6 * HOUR_MS;
/**
 * The time after which an unpaid intent is canceled. A page expires by itself after a day; an
 * intent never does.
 */
const INTENT_OPEN_MS = DAY_MS;

/**
 * Returns the time of the next check of an open order: after as long as it has been open, within
 * bounds. A page may stay open for a day and a bank debit be under way for weeks; checking them
 * every minute would crowd out orders that need it.
 */
const nextCheckTime = (order: Order, nowMs: number): number =>
  nowMs + Math.min(Math.max(nowMs - order.createdAt, MIN_DELAY_MS), MAX_DELAY_MS);

async function recheckOrder(ctx: Context, order: Order): Promise<Result<unknown>> {
  const { db, config, nowMs } = ctx;
  // First, so that an order that always fails does not block the others.
  await scheduleOrderCheck(db, order.id, nextCheckTime(order, nowMs));
  const stripeId = (await findSessionOfOrder(db, order.id))?.stripeId ?? null;
  const intentId = order.stripePaymentIntentId;
  if (
    order.status === "pending" &&
    intentId !== null &&
    nowMs - order.createdAt >= INTENT_OPEN_MS
  ) {
    // Stripe refuses while a payment is under way or came; the sync below finds out.
    const canceled = await callStripe(config, (stripe) => stripe.paymentIntents.cancel(intentId));
    if (!canceled.ok && canceled.failure.code !== "stripe_refused") return canceled;
  }
  if (stripeId !== null || intentId !== null)
    return await syncOrder(ctx, { orderId: order.id, requestedStripeId: null });
  // The Worker died while it opened the page, so nobody ever saw one.
  await failOrder(
    db,
    order.id,
    { sessionStatus: "failed", reason: "The checkout page was never shown." },
    nowMs,
  );
  return ok(null);
}

/**
 * Syncs an order, and has Stripe's events read soon where it was paid and no event said so: others
 * may be missing too.
 */
async function recheckAndReport(ctx: Context, order: Order): Promise<Result<unknown>> {
  const checked = await recheckOrder(ctx, order);
  const isPaid = checked.ok && (await findOrder(ctx.db, order.id))?.status === "completed";
  if (isPaid && order.status !== "completed") await requestReconcile(ctx.db);
  return checked;
}

/**
 * Syncs orders that no event has brought to an end in time: the events may have been lost, or
 * Stripe may have given up delivering them while we were down. It stops while Stripe cannot be
 * reached.
 * @param limit the number of orders to check in this run
 * @returns the number of orders that were checked without a failure
 */
export async function recheckOpenOrders(ctx: Context, limit: number): Promise<number> {
  const { done } = await forEachDue({
    rows: await listOrdersDueForCheck(ctx.db, ctx.nowMs, limit),
    failureEvent: "order.recheck_failed",
    logFields: ({ id }) => ({ orderId: id }),
    run: (order) =>
      recheckAndReport(ctx, order).catch((error: unknown) =>
        fail("internal_error", describeError(error)),
      ),
  });
  return done;
}
