import type { Context } from "../../../context.ts";
import { applyEffectivePlan } from "../../entitlement/apply-effective-plan.ts";
import { describeError } from "../../stripe/stripe-failure.ts";
import { listSubscriptionsDueForCheck, scheduleSubscriptionCheck } from "../store.ts";
import { syncSubscription } from "./sync-subscription.ts";

const RETRY_DELAY_MS = 10 * 60_000;

/**
 * Ends times of grace that are over: whoever has not paid by then has the plan that they have
 * without the subscription. No event says so. Stripe is asked first, as it may have been paid
 * meanwhile; but a Stripe that does not answer prolongs nothing.
 * @param limit how many to look at in this run
 * @returns how many were ended
 */
export async function endGracePeriods(ctx: Context, limit: number): Promise<number> {
  const { db, nowMs } = ctx;
  let ended = 0;
  for (const { id, userId } of await listSubscriptionsDueForCheck(db, nowMs, limit)) {
    // First, so that one that cannot be ended does not stand in the way of the others.
    await scheduleSubscriptionCheck(db, id, nowMs + RETRY_DELAY_MS);
    try {
      await syncSubscription(ctx, id);
      await applyEffectivePlan(ctx, userId);
      ended += 1;
    } catch (error) {
      console.error(
        JSON.stringify({
          level: "error",
          doing: "ending a grace",
          subscriptionId: id,
          error: describeError(error),
        }),
      );
    }
  }
  return ended;
}
