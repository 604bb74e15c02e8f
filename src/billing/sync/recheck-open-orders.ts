import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import {
  failOrder,
  findSessionOfOrder,
  listOrdersDueForCheck,
  type Order,
  scheduleOrderCheck,
} from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { describeError } from "../stripe/stripe-failure.ts";
import { syncOrder } from "./sync-order.ts";

const MIN_DELAY_MS = 10 * 60_000;
const MAX_DELAY_MS = 6 * 3_600_000;
/**
 * A page closes by itself after a day, and an intent never: one that nobody paid is closed after as
 * long.
 */
const INTENT_OPEN_MS = 24 * 3_600_000;

/**
 * When an order that is still open is looked at again: after as long as it has been open, within
 * bounds. A page may stay open for a day and a bank debit under way for weeks, and asking every
 * minute would crowd out orders that need it.
 */
const nextCheckTime = (order: Order, nowMs: number): number =>
  nowMs + Math.min(Math.max(nowMs - order.createdAt, MIN_DELAY_MS), MAX_DELAY_MS);

async function recheckOrder(ctx: Context, order: Order): Promise<Result<unknown>> {
  const { db, config, nowMs } = ctx;
  // First, so that an order that cannot be healed does not stand in the way of the others.
  await scheduleOrderCheck(db, order.id, nextCheckTime(order, nowMs));
  const stripeId = (await findSessionOfOrder(db, order.id))?.stripeId ?? null;
  const intentId = order.stripePaymentIntentId;
  if (
    order.status === "pending" &&
    intentId !== null &&
    nowMs - order.createdAt >= INTENT_OPEN_MS
  ) {
    // Stripe refuses while a payment is under way or came, and how that stands is asked next.
    const closed = await callStripe(config, (stripe) => stripe.paymentIntents.cancel(intentId));
    if (!closed.ok && closed.failure.code !== "stripe_refused") return closed;
  }
  if (stripeId !== null || intentId !== null)
    return await syncOrder(ctx, { orderId: order.id, requestedStripeId: null });
  // The Worker died while it was making the page, so nobody ever saw one.
  await failOrder(
    db,
    order.id,
    { sessionStatus: "failed", reason: "The checkout page was never shown." },
    nowMs,
  );
  return ok(null);
}

/**
 * Asks Stripe about orders that no event has settled in time, and brings them to where Stripe says
 * they stand: the events may have been lost, or Stripe may have given up delivering them while we
 * were down.
 * @param limit how many orders to look at in this run
 * @returns how many were looked at without a failure
 */
export async function recheckOpenOrders(ctx: Context, limit: number): Promise<number> {
  const { db, nowMs } = ctx;
  let rechecked = 0;
  for (const order of await listOrdersDueForCheck(db, nowMs, limit)) {
    const outcome = await recheckOrder(ctx, order).catch((error: unknown) =>
      fail("internal_error", describeError(error)),
    );
    if (outcome.ok) rechecked += 1;
    else
      console.error(
        JSON.stringify({ level: "error", orderId: order.id, error: outcome.failure.message }),
      );
    // Each of the others would wait for the same answer.
    if (!outcome.ok && outcome.failure.code === "billing_unavailable") break;
  }
  return rechecked;
}
