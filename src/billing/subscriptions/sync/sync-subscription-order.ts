import type { Context } from "../../../context.ts";
import { ok, type Result } from "../../../errors.ts";
import { failOrder, markProcessing, type Order } from "../../orders/store.ts";
import { callStripe } from "../../stripe/stripe.ts";
import type { SyncOutcome } from "../../stripe/sync-outcome.ts";
import { idOf } from "../../stripe/values.ts";
import { syncSubscription } from "./sync-subscription.ts";

/**
 * Syncs an order of kind `subscription` with its checkout page. Once the page is complete, the
 * subscription that it began decides: the order is completed when that has begun.
 * @param stripeId the page's id, or null when no page was opened
 */
export async function syncSubscriptionOrder(
  ctx: Context,
  order: Order,
  stripeId: string | null,
): Promise<Result<SyncOutcome | "expire" | "wait">> {
  const { db, config, nowMs } = ctx;
  if (stripeId === null) return ok("unchanged");
  const page = await callStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId));
  if (!page.ok) return page;
  const { status, subscription } = page.value;
  if (status === "expired") {
    await failOrder(
      db,
      order.id,
      { sessionStatus: "canceled", reason: "The checkout page expired unpaid." },
      nowMs,
    );
    return ok("expire");
  }
  if (status !== "complete" || subscription === null) return ok("wait");
  await markProcessing(db, order.id);
  return await syncSubscription(ctx, idOf(subscription));
}
