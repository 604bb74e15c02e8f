import type { Actor } from "../../../actor.ts";
import { record } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { isMissingAtStripe } from "../../stripe/stripe-failure.ts";
import { fetchWithLatestInvoice, isPeriodPaid } from "../invoices/period-paid.ts";
import { listLiveSubscriptions, type Subscription } from "../store.ts";

const SYSTEM_ACTOR: Actor = { kind: "system", id: "one subscription at a time" };

/**
 * Cancels a subscription at Stripe, once. The unused part of its current period is credited to the
 * customer's balance at once, and its credits are taken back with it. Where the current period was
 * not paid, nothing is given back.
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
  const canceled = await callStripe(config, (stripe) =>
    stripe.subscriptions.cancel(
      id,
      { prorate: isPaid, invoice_now: isPaid },
      { idempotencyKey: `end:${id}:${isPaid}` },
    ),
  );
  // Stripe reports a subscription that has ended as missing. After any other refusal it continues
  // to be paid, so the refusal is returned.
  if (!canceled.ok) return isMissingAtStripe(canceled.failure) ? ok(false) : canceled;
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
 * Cancels all of a user's subscriptions but the newest: two checkout pages may both have been paid.
 * @returns the ids of those that were canceled
 */
export async function cancelOlder(ctx: Context, userId: string): Promise<Result<string[]>> {
  const { db } = ctx;
  const [newest, ...older] = await listLiveSubscriptions(db, userId);
  const canceledIds: string[] = [];
  for (const subscription of older) {
    const reason = `Replaced by ${newest?.id}.`;
    const result = await cancelWithProration(ctx, subscription, { actor: SYSTEM_ACTOR, reason });
    if (!result.ok) return result;
    canceledIds.push(subscription.id);
  }
  return ok(canceledIds);
}
