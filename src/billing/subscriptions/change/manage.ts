import type Stripe from "stripe";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { endAtOnce } from "../end-at-once.ts";
import { isLive, type Subscription } from "../store.ts";
import { resumePaused } from "./resume-paused.ts";
import { auditRequest, resync } from "./resync.ts";

const alreadyEnded = ({ status }: Subscription) =>
  fail("conflict", `This subscription has ended (${status}).`);

/** A change of a subscription at Stripe, with the words of whoever asked for it, if any. */
interface SubscriptionUpdate {
  readonly action: string;
  readonly params: Stripe.SubscriptionUpdateParams;
  readonly reason?: string | undefined;
}

async function updateAtStripe(
  ctx: Context,
  subscription: Subscription,
  { action, params, reason }: SubscriptionUpdate,
): Promise<Result<Subscription>> {
  const updated = await callStripe(ctx.config, (stripe) =>
    stripe.subscriptions.update(subscription.id, params),
  );
  if (!updated.ok) return updated;
  const { cancel_at_period_end: cancelAtPeriodEnd } = updated.value;
  await auditRequest(ctx, subscription, { action, reason, after: { cancelAtPeriodEnd } });
  return ok(await resync(ctx, subscription));
}

/**
 * Cancels a subscription at the end of the period that is paid for: nothing changes until then.
 * Canceling twice is canceling once.
 * @param reason the user's own words, which the operator sees at Stripe and in the audit log
 */
export async function cancelAtPeriodEnd(
  ctx: Context,
  subscription: Subscription,
  reason?: string,
): Promise<Result<Subscription>> {
  if (!isLive(subscription)) return alreadyEnded(subscription);
  if (subscription.cancelAtPeriodEnd) return ok(subscription);
  const details = reason === undefined ? {} : { cancellation_details: { comment: reason } };
  return await updateAtStripe(ctx, subscription, {
    action: "subscription.cancel_requested",
    params: { cancel_at_period_end: true, ...details },
    reason,
  });
}

/**
 * Resumes a subscription that was to end, or that is paused. One that continues anyway stays as it
 * is.
 * @returns the failures of `resumePaused`
 */
export async function resumeSubscription(
  ctx: Context,
  subscription: Subscription,
): Promise<Result<Subscription>> {
  if (!isLive(subscription)) return alreadyEnded(subscription);
  if (subscription.status === "paused") return await resumePaused(ctx, subscription);
  const action = "subscription.resume_requested";
  if (subscription.cancelAtPeriodEnd) {
    const params = { cancel_at_period_end: false };
    return await updateAtStripe(ctx, subscription, { action, params });
  }
  if (subscription.cancelAt !== null)
    return await updateAtStripe(ctx, subscription, { action, params: { cancel_at: "" } });
  return ok(subscription);
}

/**
 * Ends a subscription at once. The plan ends with it; its credits stay until the period that was
 * paid for ends, and nothing is paid back. Usage past the plan's allowance is invoiced now: no
 * invoice would come for it later.
 */
export async function cancelNow(
  ctx: Context,
  subscription: Subscription,
): Promise<Result<Subscription>> {
  const isOpen = isLive(subscription) || subscription.status === "incomplete";
  if (!isOpen) return ok(subscription);
  const ended = await endAtOnce(ctx, subscription, { prorate: false });
  if (!ended.ok) return ended;
  const after = { status: "canceled" };
  await auditRequest(ctx, subscription, { action: "subscription.ended", after });
  return ok(await resync(ctx, subscription));
}
