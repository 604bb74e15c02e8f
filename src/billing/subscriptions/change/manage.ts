import type Stripe from "stripe";
import { record } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { findSubscription, isLive, type Subscription } from "../store.ts";
import { syncSubscription } from "../sync/sync-subscription.ts";

/**
 * Brings what is known here of a subscription to what was just done to it at Stripe. What was done
 * is done: should Stripe not answer now, its events bring the rest.
 */
export async function resync(ctx: Context, subscription: Subscription): Promise<Subscription> {
  const { db } = ctx;
  const synced = await syncSubscription(ctx, subscription.id);
  if (!synced.ok) {
    const error = `${synced.failure.code}: ${synced.failure.message}`;
    console.error(
      JSON.stringify({
        level: "error",
        doing: "settling a subscription",
        subscriptionId: subscription.id,
        error,
      }),
    );
  }
  return (await findSubscription(db, subscription.id)) ?? subscription;
}

/** Notes in the audit log what somebody asked for. */
export const auditRequest = (
  { db, actor, nowMs }: Context,
  subscription: Subscription,
  { action, after }: { action: string; after: Record<string, string | number | boolean | null> },
): Promise<void> => {
  const { id, userId, status, planId, quantity, cancelAtPeriodEnd } = subscription;
  const before = { status, planId, quantity, cancelAtPeriodEnd };
  return record(db, { actor, action, subjectId: id, userId, before, after }, nowMs);
};

const alreadyEnded = ({ status }: Subscription) =>
  fail("conflict", `This subscription has ended: it is ${status}.`);

async function updateAtStripe(
  ctx: Context,
  subscription: Subscription,
  { action, params }: { action: string; params: Stripe.SubscriptionUpdateParams },
): Promise<Result<Subscription>> {
  const { config } = ctx;
  const updated = await callStripe(config, (stripe) =>
    stripe.subscriptions.update(subscription.id, params),
  );
  if (!updated.ok) return updated;
  const { cancel_at_period_end: cancelAtPeriodEnd } = updated.value;
  await auditRequest(ctx, subscription, { action, after: { cancelAtPeriodEnd } });
  return ok(await resync(ctx, subscription));
}

/**
 * Lets a subscription end with the period that is paid for: nothing changes until then. Canceling
 * twice is canceling once.
 */
export async function cancelAtPeriodEnd(
  ctx: Context,
  subscription: Subscription,
): Promise<Result<Subscription>> {
  if (!isLive(subscription)) return alreadyEnded(subscription);
  if (subscription.cancelAtPeriodEnd) return ok(subscription);
  const params = { cancel_at_period_end: true };
  return await updateAtStripe(ctx, subscription, {
    action: "subscription.cancel_requested",
    params,
  });
}

/**
 * Lets a subscription go on that was to end, or that is paused. One that goes on anyway stays as it
 * is.
 */
export async function resumeSubscription(
  ctx: Context,
  subscription: Subscription,
): Promise<Result<Subscription>> {
  const { config } = ctx;
  if (!isLive(subscription)) return alreadyEnded(subscription);
  const action = "subscription.resume_requested";
  if (subscription.status === "paused") {
    const resumed = await callStripe(config, (stripe) =>
      stripe.subscriptions.resume(subscription.id),
    );
    if (!resumed.ok) return resumed;
    await auditRequest(ctx, subscription, { action, after: { status: resumed.value.status } });
    return ok(await resync(ctx, subscription));
  }
  if (subscription.cancelAtPeriodEnd)
    return await updateAtStripe(ctx, subscription, {
      action,
      params: { cancel_at_period_end: false },
    });
  if (subscription.cancelAt !== null)
    return await updateAtStripe(ctx, subscription, { action, params: { cancel_at: "" } });
  return ok(subscription);
}

/**
 * Ends a subscription at once. The plan ends with it; its credits stay until the period that was
 * paid for ends, and nothing is paid back. What was used past the plan's allowance is billed now:
 * no invoice would come for it later.
 */
export async function cancelNow(
  ctx: Context,
  subscription: Subscription,
): Promise<Result<Subscription>> {
  const { config } = ctx;
  const isOpen = isLive(subscription) || subscription.status === "incomplete";
  if (!isOpen) return ok(subscription);
  const canceled = await callStripe(config, (stripe) =>
    stripe.subscriptions.cancel(subscription.id, { invoice_now: true }),
  );
  if (!canceled.ok && canceled.failure.param !== "resource_missing") return canceled;
  const after = { status: "canceled" };
  await auditRequest(ctx, subscription, { action: "subscription.ended", after });
  return ok(await resync(ctx, subscription));
}
