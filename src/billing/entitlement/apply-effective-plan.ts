import { creditAccount } from "../../account/index.ts";
import { findUser, setUserPlan } from "../../auth/index.ts";
import { findFreePlan, findPlan, toEntitlement } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { converge } from "../../converge.ts";
import { decideEffectivePlan } from "./effective-plan.ts";
import {
  findPurchasedPlanId,
  listPlanSubscriptions,
  listReversedSubscriptionIds,
} from "./facts.ts";

/** Each round but the first follows from a change that came during the one before. */
const ROUNDS_MAX = 8;

async function findEffectivePlanId(ctx: Context, userId: string): Promise<string | null> {
  const { db, config, nowMs } = ctx;
  const user = await findUser(db, userId);
  // A deleted user has no plan.
  if (user === undefined) return null;
  const [subscriptions, reversedSubscriptionIds, purchasedPlanId, free] = await Promise.all([
    listPlanSubscriptions(db, userId),
    listReversedSubscriptionIds(db, userId, nowMs),
    findPurchasedPlanId(db, userId),
    findFreePlan(db),
  ]);
  const facts = {
    assignedPlanId: user.assignedPlanId,
    subscriptions: subscriptions.map((subscription) => ({
      ...subscription,
      isPaymentReversed: reversedSubscriptionIds.has(subscription.id),
    })),
    purchasedPlanId: purchasedPlanId ?? null,
    freePlanId: free?.id ?? null,
  };
  return decideEffectivePlan(facts, config.PAST_DUE_GRACE_DAYS, nowMs);
}

/**
 * Applies the plan that a user should have, by what was agreed, subscribed to and bought: first in
 * the account, then in D1. Several callers may do this at once, each by what it read at its own
 * moment, so a caller that applied a plan decides once more.
 * @throws an error of D1 or the account, or that the plan is gone: another call finishes it
 */
export async function applyEffectivePlan(ctx: Context, userId: string): Promise<void> {
  const { env, db, nowMs } = ctx;
  let appliedPlanId: string | undefined;
  const done = await converge(ROUNDS_MAX, async () => {
    const planId = await findEffectivePlanId(ctx, userId);
    if (planId === null || planId === appliedPlanId) return { done: true };
    const plan = await findPlan(db, planId);
    if (plan === undefined) throw new Error(`plan ${planId} is gone`);
    const reply = await creditAccount(env, userId).setEntitlement({
      entitlement: toEntitlement(plan),
    });
    if (!reply.ok)
      throw new Error(`entitlement refused: ${reply.failure.code} ${reply.failure.message}`);
    await setUserPlan(db, userId, plan, nowMs);
    appliedPlanId = planId;
    return "again";
  });
  if (done === null) throw new Error(`the plan of ${userId} does not come to rest`);
}
