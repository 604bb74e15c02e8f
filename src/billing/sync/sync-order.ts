import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findOrder, findSessionOfOrder } from "../orders/store.ts";
import { type OrderOutcome, syncOneTimeOrder } from "../orders/sync-one-time-order.ts";
import type { SyncOutcome } from "../stripe/sync-outcome.ts";
import { syncSubscriptionOrder } from "../subscriptions/sync/sync-subscription-order.ts";

/** The result of syncing the object of an event. */
export type EventObjectOutcome = SyncOutcome | OrderOutcome;

/**
 * Syncs an order of any kind with the state of its payment at Stripe.
 * @param requestedStripeId the checkout page that an event is about; null for the one that the
 *   order was offered on
 * @returns the outcome, or why Stripe could not be asked
 * @throws the error of a fulfilment; repeating the call finishes it
 */
export async function syncOrder(
  ctx: Context,
  { orderId, requestedStripeId }: { orderId: string; requestedStripeId: string | null },
): Promise<Result<EventObjectOutcome>> {
  const { db } = ctx;
  const order = await findOrder(db, orderId);
  if (order === undefined) return ok("unknown");
  if (order.kind !== "subscription")
    return await syncOneTimeOrder(ctx, { orderId, requestedStripeId });
  const session = await findSessionOfOrder(db, orderId);
  const stripeId = session?.stripeId ?? requestedStripeId;
  return await syncSubscriptionOrder(ctx, order, stripeId);
}
