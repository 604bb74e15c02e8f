import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findOrder, findSessionOfOrder } from "../orders/store.ts";
import { type OrderOutcome, syncOneTimeOrder } from "../orders/sync-one-time-order.ts";
import type { SyncOutcome } from "../stripe/sync-outcome.ts";
import { syncSubscriptionOrder } from "../subscriptions/sync/sync-subscription-order.ts";

/** The result of bringing whatever an event is about to Stripe's current state. */
export type EventObjectOutcome = SyncOutcome | OrderOutcome;

/**
 * Brings an order of any kind to where Stripe says that its payment stands.
 * @param offeredId the checkout page that is spoken of; null for the one that the order was offered
 *   on
 * @returns why Stripe could not be asked, or what became of the order
 * @throws what fulfilment threw; then doing it again finishes it
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
