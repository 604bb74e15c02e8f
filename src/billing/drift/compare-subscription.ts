import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import type { Subscription } from "../subscriptions/store.ts";
import { fetchSnapshot } from "../subscriptions/sync/fetch-snapshot.ts";
import { listSnapshotPrices } from "../subscriptions/sync/snapshot-prices.ts";
import { toSubscriptionRow } from "../subscriptions/sync/to-rows.ts";
import { compareInvoices } from "./compare-invoices.ts";
import { type Difference, type DriftSubject, diffFields } from "./difference.ts";
import type { GrantLookup } from "./grant-lookup.ts";

const comparedFields = (subscription: Subscription) => ({
  status: subscription.status,
  planId: subscription.planId,
  priceId: subscription.priceId,
  quantity: subscription.quantity,
  currentPeriodStart: subscription.currentPeriodStart,
  currentPeriodEnd: subscription.currentPeriodEnd,
  trialEnd: subscription.trialEnd,
  cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
  cancelAt: subscription.cancelAt,
  canceledAt: subscription.canceledAt,
  endedAt: subscription.endedAt,
});

/**
 * Compares a subscription, its newest invoices and the credits that these gave with Stripe's state.
 * Changes nothing.
 * @returns the differences; why Stripe could not be asked
 */
export async function compareSubscription(
  ctx: Context,
  stored: Subscription,
  grants: GrantLookup,
): Promise<Result<Difference[]>> {
  const { db, config, nowMs } = ctx;
  const { id, userId } = stored;
  const subject: DriftSubject = { id, userId, isRepairable: true };
  const unrepairable: DriftSubject = { ...subject, isRepairable: false };
  const fetched = await fetchSnapshot(config, id, null);
  if (!fetched.ok) return fetched;
  const snapshot = fetched.value;
  if (snapshot === null)
    return ok(diffFields(unrepairable, "subscription", { status: stored.status }, null));
  const { subscription, invoices: snapshots } = snapshot;
  const sold = await listSnapshotPrices(db, snapshot);
  const expected = toSubscriptionRow(
    subscription,
    snapshots,
    { userId, stored: undefined, sold, graceDays: config.PAST_DUE_GRACE_DAYS },
    nowMs,
  );
  if (expected === null) {
    const price = subscription.items.map((item) => item.stripePriceId).join(" ");
    return ok(diffFields(unrepairable, "subscription", { price: stored.priceId }, { price }));
  }
  const differences = diffFields(
    subject,
    "subscription",
    comparedFields(stored),
    comparedFields(expected),
  );
  const comparison = { userId, subscriptionId: id, snapshots, sold };
  return ok([...differences, ...(await compareInvoices(ctx, comparison, grants))]);
}
