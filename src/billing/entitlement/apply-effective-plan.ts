import { creditAccount } from "../../account/index.ts";
import { findUser, setUserPlan, type User } from "../../auth/index.ts";
import { findFreePlan, findPlan, toEntitlement } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { converge } from "../../converge.ts";
import { isSameBillingPeriod } from "../../meters.ts";
import { decideEffectivePlan, type EffectivePlan } from "./effective-plan.ts";
import {
  findPurchasedPlanId,
  listPaidInvoices,
  listPlanSubscriptions,
  listReversedSubscriptionIds,
} from "./facts.ts";
import { findPaidPeriod } from "./paid-period.ts";

/** Each round but the first follows from a change that came during the one before. */
const ROUNDS_MAX = 8;

/** A user's effective plan, and whether the free plan gives its allowances to this user. */
type UserPlan = EffectivePlan & Pick<User, "hasFreeAllowance">;

async function findEffectivePlan(ctx: Context, userId: string): Promise<UserPlan | null> {
  const { db, config, nowMs } = ctx;
  const user = await findUser(db, userId);
  // A deleted user has no plan.
  if (user === undefined) return null;
  const [subscriptions, reversedIds, purchasedPlanId, free] = await Promise.all([
    listPlanSubscriptions(db, userId),
    listReversedSubscriptionIds(db, userId, nowMs),
    findPurchasedPlanId(db, userId),
    findFreePlan(db),
  ]);
  const invoices = subscriptions.length === 0 ? [] : await listPaidInvoices(db, userId);
  const facts = {
    assignedPlanId: user.assignedPlanId,
    subscriptions: subscriptions.map((subscription) => ({
      ...subscription,
      isPaymentReversed: reversedIds.has(subscription.id),
      paidPeriod: findPaidPeriod(subscription, invoices),
    })),
    purchasedPlanId: purchasedPlanId ?? null,
    freePlanId: free?.id ?? null,
  };
  const effective = decideEffectivePlan(facts, config.PAST_DUE_GRACE_DAYS, nowMs);
  return effective === null ? null : { ...effective, hasFreeAllowance: user.hasFreeAllowance };
}

const isSamePlan = (a: EffectivePlan, b: EffectivePlan | undefined): boolean =>
  a.planId === b?.planId && isSameBillingPeriod(a.billingPeriod, b.billingPeriod);

/**
 * Applies the plan that a user should have, by what was agreed, subscribed to and bought, with the
 * paid period of its subscription: first in the account, then in D1. Several callers may do this at
 * once, each by what it read at its own moment, so a caller that applied a plan decides once more.
 * @throws an error of D1 or the account, or that the plan is gone: another call finishes it
 */
export async function applyEffectivePlan(ctx: Context, userId: string): Promise<void> {
  const { env, db, nowMs } = ctx;
  let applied: EffectivePlan | undefined;
  const done = await converge(ROUNDS_MAX, async () => {
    const effective = await findEffectivePlan(ctx, userId);
    if (effective === null || isSamePlan(effective, applied)) return { done: true };
    const { planId, billingPeriod } = effective;
    const plan = await findPlan(db, planId);
    if (plan === undefined) throw new Error(`plan ${planId} is gone`);
    const reply = await creditAccount(env, userId).setEntitlement({
      entitlement: { ...toEntitlement(plan, effective), billingPeriod },
    });
    if (!reply.ok)
      throw new Error(`entitlement refused: ${reply.failure.code} ${reply.failure.message}`);
    await setUserPlan(db, userId, plan, nowMs);
    applied = effective;
    return "again";
  });
  if (done === null) throw new Error(`the plan of ${userId} does not settle`);
}
