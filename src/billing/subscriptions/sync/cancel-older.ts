import type { Actor } from "../../../actor.ts";
import { record } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { fetchWithLatestInvoice, isPeriodPaid } from "../invoices/period-paid.ts";
import { listLiveSubscriptions, type Subscription } from "../store.ts";

const SYSTEM_ACTOR: Actor = { kind: "system", id: "one subscription at a time" };

/**
 * Ends a subscription at Stripe, once. What was paid of its running period and is not used up is
 * credited to the customer's balance at once, and what it gave in credits goes back with it. Where
 * the running period was not paid, nothing is given back.
 * @returns whether it was ended by this, false when it had ended already; or why Stripe did not end
 *   it
 */
export async function cancelWithProration(
  ctx: Context,
  subscription: Subscription,
  { actor, reason }: { actor: Actor; reason: string },
): Promise<Result<boolean>> {
  const { db, config, nowMs } = ctx;
  const { id, userId, planId } = subscription;
  // Its last payment may just have failed, or be yet to come: time that was never paid would be
  // given back as money.
  const fetched = await fetchWithLatestInvoice(config, id);
  if (!fetched.ok) return fetched.failure.param === "resource_missing" ? ok(false) : fetched;
  const { status } = fetched.value;
  const isPaid = isPeriodPaid(fetched.value);
  const canceled = await callStripe(config, (stripe) =>
    stripe.subscriptions.cancel(
      id,
      { prorate: isPaid, invoice_now: isPaid },
      { idempotencyKey: `end:${id}:${isPaid}` },
    ),
  );
  // One that has ended cannot be ended again: Stripe says that there is none. Any other refusal
  // leaves one that goes on being paid.
  if (!canceled.ok) return canceled.failure.param === "resource_missing" ? ok(false) : canceled;
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
 * Sees to it that a user has one subscription: of several (two checkout pages, both paid) the
 * newest stays.
 * @returns the ids of those that were ended
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
