import type { Actor } from "../../../actor.ts";
import { record } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { ok, type Result } from "../../../errors.ts";
import { isMissingAtStripe } from "../../stripe/stripe-failure.ts";
import { endAtOnce } from "../end-at-once.ts";
import { fetchWithLatestInvoice, isPeriodPaid } from "../invoices/period-paid.ts";
import { listLiveSubscriptions, listSubscriptionInvoices, type Subscription } from "../store.ts";
import { hasFailedToBegin } from "./complete-order.ts";

const SYSTEM_ACTOR: Actor = { kind: "system", id: "one subscription at a time" };

/**
 * Cancels a subscription at Stripe, once. The unused part of its current period is credited to the
 * customer's balance at once, and its credits are taken back with it. Where the current period was
 * not paid, nothing is given back. Usage past the plan's allowance is invoiced either way.
 * @returns true when this canceled it, false when it had ended already; or why Stripe did not
 *   cancel it
 */
export async function cancelWithProration(
  ctx: Context,
  subscription: Subscription,
  { actor, reason }: { actor: Actor; reason: string },
): Promise<Result<boolean>> {
  const { db, config, nowMs } = ctx;
  const { id, userId, planId } = subscription;
  // Its last payment may just have failed, or be yet to come: then time that was never paid would
  // be given back as money.
  const fetched = await fetchWithLatestInvoice(config, id);
  if (!fetched.ok) return isMissingAtStripe(fetched.failure) ? ok(false) : fetched;
  const { status } = fetched.value;
  const isPaid = isPeriodPaid(fetched.value);
  const ended = await endAtOnce(ctx, subscription, { prorate: isPaid });
  if (!ended.ok || !ended.value) return ended;
  const entry = {
    actor,
    action: "subscription.ended",
    subjectId: id,
    userId,
    reason,
    before: { status, planId },
  };
  await record(db, { ...entry, onceKey: `${id}:ended` }, nowMs);
  return ok(true);
}

/**
 * Returns why a subscription is not to continue, or null where it is. A newer one whose first
 * payment is still under way replaces none that is paid for: it does once it is paid.
 * @param kept the subscription that a user keeps: the newest that is paid for, else the newest
 */
async function reasonToCancel(
  ctx: Context,
  subscription: Subscription,
  kept: Subscription,
): Promise<string | null> {
  const invoices = await listSubscriptionInvoices(ctx.db, subscription.id);
  if (hasFailedToBegin(subscription, invoices)) return "Its first payment failed.";
  const isOlder = subscription.createdAt <= kept.createdAt;
  return subscription.id !== kept.id && isOlder ? `Replaced by ${kept.id}.` : null;
}

/**
 * Cancels those of a user's subscriptions that are not to continue. Of several that are paid for
 * only the newest does: two checkout pages may both have been paid. One whose first payment failed
 * for good never began, although Stripe calls it active.
 * @returns the ids of those that were canceled
 */
export async function cancelOlder(ctx: Context, userId: string): Promise<Result<string[]>> {
  const live = await listLiveSubscriptions(ctx.db, userId);
  const [kept] = live;
  const canceledIds: string[] = [];
  for (const subscription of live) {
    const reason = await reasonToCancel(ctx, subscription, kept ?? subscription);
    if (reason === null) continue;
    const result = await cancelWithProration(ctx, subscription, { actor: SYSTEM_ACTOR, reason });
    if (!result.ok) return result;
    canceledIds.push(subscription.id);
  }
  return ok(canceledIds);
}
