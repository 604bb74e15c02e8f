import { findPlan, type PricedPlan } from "../../catalog/index.ts";
import type { Database } from "../../db.ts";
import { toCredits } from "../../units.ts";
import { graceEndsAt } from "../entitlement/effective-plan.ts";
import type { Subscription } from "./store.ts";

const timeOrNull = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();

/** What a plan includes, as it is shown with a subscription. */
const showIncluded = (plan: PricedPlan | undefined) => ({
  allowances: plan?.allowances ?? {},
  messageLimit: plan?.allowances.message?.limit ?? null,
  agentLimit: plan?.allowances.agent?.limit ?? null,
  models: plan?.models ?? null,
  features: plan?.features ?? [],
});

const showPlanSummary = (planId: string, plan: PricedPlan | undefined) => ({
  id: planId,
  slug: plan?.slug ?? null,
  name: plan?.name ?? planId,
  credits: toCredits(plan?.creditsMicrocredits ?? 0),
});

/**
 * A subscription as the wire shows it. `interval` and `amountMinor` are null for a price that is no
 * longer sold.
 */
export async function showSubscription(
  db: Database,
  subscription: Subscription,
  graceDays: number,
) {
  const {
    id,
    userId,
    status,
    planId,
    priceId,
    quantity,
    currency,
    cancelAtPeriodEnd,
    pastDueSince,
  } = subscription;
  const plan = await findPlan(db, planId);
  const price = plan?.prices.find((each) => each.id === priceId);
  const isInGrace = status === "past_due" && pastDueSince !== null;
  return {
    id,
    userId,
    status,
    planId,
    plan: showPlanSummary(planId, plan),
    priceId,
    interval: price?.interval ?? null,
    amountMinor: price === undefined ? null : price.amountMinor * quantity,
    currency,
    quantity,
    currentPeriodStart: timeOrNull(subscription.currentPeriodStart),
    currentPeriodEnd: timeOrNull(subscription.currentPeriodEnd),
    trialEnd: timeOrNull(subscription.trialEnd),
    cancelAtPeriodEnd,
    cancelAt: timeOrNull(subscription.cancelAt),
    canceledAt: timeOrNull(subscription.canceledAt),
    endedAt: timeOrNull(subscription.endedAt),
    pastDueSince: timeOrNull(pastDueSince),
    /** Until when the plan stays in force although a payment is missing. */
    graceEndsAt: isInGrace ? timeOrNull(graceEndsAt(pastDueSince, graceDays)) : null,
    ...showIncluded(plan),
    createdAt: timeOrNull(subscription.createdAt),
  };
}

/**
 * What is shown to whoever has no subscription: the plan that they have without one, the free one
 * as a rule.
 */
export async function showNoSubscription(db: Database, userId: string, planId: string) {
  const plan = await findPlan(db, planId);
  return {
    id: null,
    userId,
    status: plan === undefined || plan.kind === "free" ? ("free" as const) : ("none" as const),
    planId,
    plan: showPlanSummary(planId, plan),
    priceId: null,
    interval: null,
    amountMinor: 0,
    currency: null,
    quantity: 1,
    currentPeriodStart: null,
    currentPeriodEnd: null,
    trialEnd: null,
    cancelAtPeriodEnd: false,
    cancelAt: null,
    canceledAt: null,
    endedAt: null,
    pastDueSince: null,
    graceEndsAt: null,
    ...showIncluded(plan),
    createdAt: null,
  };
}
