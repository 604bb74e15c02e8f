import type { Context } from "../../context.ts";
import { log } from "../../log.ts";
import { MINUTE_MS, SECOND_MS } from "../../time.ts";
import {
  claimOrderCheck,
  findOrder,
  findSessionWithOrderByStripeId,
  type SessionWithOrder,
} from "../orders/store.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { withLease } from "../stripe/lease.ts";
import { describeError } from "../stripe/stripe-failure.ts";
import { syncOrder } from "../sync/sync-order.ts";

/** The pause between two questions about one sale: a tenth of its age, within bounds. */
const PAUSE_MIN_MS = 5 * SECOND_MS;
const PAUSE_MAX_MS = MINUTE_MS;

/**
 * Asks Stripe about an attempt to pay that is still open, for a buyer who waits for it: its webhook
 * may be late or lost. Where one is being handled, it is awaited instead. A failure changes
 * nothing: the webhook and the cron go on.
 * @returns the attempt and its order as they are afterwards
 */
export async function refreshSession(
  ctx: Context,
  found: SessionWithOrder,
): Promise<SessionWithOrder> {
  const { db, nowMs } = ctx;
  const { session } = found;
  const { stripeId } = session;
  // A debit that is under way takes days.
  if (session.status !== "pending" || stripeId === null) return found;
  const order = await findOrder(db, session.orderId);
  if (order === undefined) return found;
  const ageMs = nowMs - order.createdAt;
  const pauseMs = Math.min(Math.max(ageMs / 10, PAUSE_MIN_MS), PAUSE_MAX_MS);
  if (!(await claimOrderCheck(db, order, { nowMs, pauseMs }))) return found;
  const look = async () => {
    const now = await findSessionWithOrderByStripeId(db, stripeId);
    if (now?.session.status !== "pending") return;
    const synced = await syncOrder(ctx, { orderId: order.id, requestedStripeId: stripeId });
    if (!synced.ok) throw new Error(`${synced.failure.code}: ${synced.failure.message}`);
  };
  const key = (await findCustomerId(db, session.userId)) ?? order.id;
  const lease = { key, holder: crypto.randomUUID(), shouldWait: true };
  await withLease(ctx, lease, look).catch((error: unknown) =>
    log.error("order.refresh_failed", { orderId: order.id, error: describeError(error) }),
  );
  return (await findSessionWithOrderByStripeId(db, stripeId)) ?? found;
}
