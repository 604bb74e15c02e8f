import type { Context } from "../../../context.ts";
import { ok } from "../../../errors.ts";
import { forEachDue } from "../../../for-each-due.ts";
import { MINUTE_MS } from "../../../time.ts";
import { applyEffectivePlan } from "../../entitlement/apply-effective-plan.ts";
import { listSubscriptionsDueForCheck, scheduleSubscriptionCheck } from "../store.ts";
import { syncSubscription } from "./sync-subscription.ts";

const RETRY_DELAY_MS = 10 * MINUTE_MS;

/**
 * Ends grace periods that are over: a user who has not paid by then gets the plan that they have
 * without the subscription. No event announces it. Stripe is asked first, since the subscription
 * may have been paid meanwhile; but a Stripe that does not answer prolongs nothing.
 * @param limit the number of subscriptions to check in this run
 * @returns the number of subscriptions that were checked without an error
 */
export async function endGracePeriods(ctx: Context, limit: number): Promise<number> {
  const { db, nowMs } = ctx;
  const { done } = await forEachDue({
    rows: await listSubscriptionsDueForCheck(db, nowMs, limit),
    failureEvent: "subscription.grace_end_failed",
    logFields: ({ id }) => ({ subscriptionId: id }),
    defer: ({ id }) => scheduleSubscriptionCheck(db, id, nowMs + RETRY_DELAY_MS),
    run: async ({ id, userId }) => {
      await syncSubscription(ctx, id);
      await applyEffectivePlan(ctx, userId);
      return ok(null);
    },
  });
  return done;
}
