import { record } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { log } from "../../../log.ts";
import { findSubscription, type Subscription } from "../store.ts";
import { syncSubscription } from "../sync/sync-subscription.ts";

/** What was asked for, and why, where somebody said so. */
interface SubscriptionRequest {
  readonly action: string;
  readonly after: Record<string, string | number | boolean | null>;
  readonly reason?: string | null | undefined;
}

/** Records in the audit log what a user or an admin asked Stripe to do. */
export const auditRequest = (
  { db, actor, nowMs }: Context,
  subscription: Subscription,
  { action, after, reason = null }: SubscriptionRequest,
): Promise<void> => {
  const { id, userId, status, planId, quantity, cancelAtPeriodEnd } = subscription;
  const before = { status, planId, quantity, cancelAtPeriodEnd };
  return record(db, { actor, action, subjectId: id, userId, reason, before, after }, nowMs);
};

/**
 * Syncs a subscription after it was changed at Stripe. The change is made whatever happens here:
 * should Stripe not answer now, its events bring the rest.
 * @returns the subscription as it is stored now
 */
export async function resync(ctx: Context, subscription: Subscription): Promise<Subscription> {
  const synced = await syncSubscription(ctx, subscription.id);
  if (!synced.ok) {
    const { code, message } = synced.failure;
    log.error("subscription.sync_failed", {
      subscriptionId: subscription.id,
      error: `${code}: ${message}`,
    });
  }
  return (await findSubscription(ctx.db, subscription.id)) ?? subscription;
}
