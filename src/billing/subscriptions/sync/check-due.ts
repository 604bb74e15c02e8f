import type { Context } from "../../../context.ts";
import { ok } from "../../../errors.ts";
import { forEachDue } from "../../../for-each-due.ts";
import { MINUTE_MS } from "../../../time.ts";
import { applyEffectivePlan } from "../../entitlement/apply-effective-plan.ts";
import { flushOverage } from "../report-overage.ts";
import {
  listSubscriptionsDueForCheck,
  type Subscription,
  scheduleSubscriptionCheck,
} from "../store.ts";
import { isEnding } from "./scheduled-end.ts";
import { syncSubscription } from "./sync-subscription.ts";

const RETRY_DELAY_MS = 10 * MINUTE_MS;

/**
 * Hands over what a subscription that ends now is to be billed for. A report that Stripe does not
 * take is sent again by the cron.
 */
async function flushBeforeEnd(ctx: Context, subscription: Subscription): Promise<void> {
  if (isEnding(subscription, ctx.nowMs)) await flushOverage(ctx, subscription.userId);
}

/**
 * Checks subscriptions at moments that no event announces. At the end of a grace period a user who
 * has not paid gets the plan that they have without the subscription. Before and after a scheduled
 * end the usage past the plan is handed over, and after it the plan ends, whatever events come.
 * Stripe is asked first, since the subscription may have been paid or continued meanwhile; but a
 * Stripe that does not answer prolongs nothing.
 * @param limit the number of subscriptions to check in this run
 * @returns the number of subscriptions that were checked without an error
 */
export async function checkDueSubscriptions(ctx: Context, limit: number): Promise<number> {
  const { db, nowMs } = ctx;
  const { done } = await forEachDue({
    rows: await listSubscriptionsDueForCheck(db, nowMs, limit),
    failureEvent: "subscription.check_failed",
    logFields: ({ id }) => ({ subscriptionId: id }),
    defer: ({ id }) => scheduleSubscriptionCheck(db, id, nowMs + RETRY_DELAY_MS),
    run: async (subscription) => {
      await flushBeforeEnd(ctx, subscription);
      await syncSubscription(ctx, subscription.id);
      await applyEffectivePlan(ctx, subscription.userId);
      return ok(null);
    },
  });
  return done;
}
