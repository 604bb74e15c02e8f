import { findPlan, type PricedPlan } from "../../catalog/index.ts";
import type { Database } from "../../db.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { toCredits } from "../../units.ts";
import { graceEndsAt } from "../entitlement/effective-plan.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { hasEverSubscribed, isLive, type Subscription } from "./store.ts";
import type { SubscriptionView } from "./wire.ts";

/** Shows what a plan includes. */
const showIncluded = (plan: PricedPlan | undefined) => ({
  allowances: plan?.allowances ?? {},
  messageLimit: plan?.allowances.message?.limit ?? null,
  agentLimit: plan?.allowances.agent?.limit ?? null,
  models: plan?.models == null ? null : [...plan.models],
  features: [...(plan?.features ?? [])],
});

const showPlanSummary = (planId: string, plan: PricedPlan | undefined) => ({
  id: planId,
  slug: plan?.slug ?? null,
  name: plan?.name ?? planId,
  names: plan?.names ?? {},
  credits: toCredits(plan?.creditsMicrocredits ?? 0),
});

/**
 * Shows a subscription. `interval` and `amountMinor` are null for a price that is no longer sold.
 */
export async function showSubscription(
  db: Database,
  subscription: Subscription,
  graceDays: number,
): Promise<SubscriptionView> {
  const { status, planId, priceId, quantity, pastDueSince, entitledUntil } = subscription;
  const [plan, stripeCustomerId, trialUsed] = await Promise.all([
    findPlan(db, planId),
    findCustomerId(db, subscription.userId),
    isLive(subscription) || subscription.trialEnd !== null
      ? true
      : hasEverSubscribed(db, subscription.userId),
  ]);
  const price = plan?.prices.find((each) => each.id === priceId);
  const isInGrace = status === "past_due" && pastDueSince !== null;
  const isWaiting = status === "active" && entitledUntil !== null;
  return {
    id: subscription.id,
    userId: subscription.userId,
    status,
    planId,
    plan: showPlanSummary(planId, plan),
    priceId,
    productId: plan?.stripeProductId ?? null,
    stripeCustomerId: stripeCustomerId ?? null,
    stripeSubscriptionId: subscription.id,
    interval: price?.interval ?? null,
    amountMinor: price === undefined ? null : price.amountMinor * quantity,
    currency: subscription.currency,
    quantity,
    currentPeriodStart: toIso(subscription.currentPeriodStart),
    currentPeriodEnd: toIso(subscription.currentPeriodEnd),
    trialEnd: toIsoOrNull(subscription.trialEnd),
    trialUsed,
    cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
    cancelAt: toIsoOrNull(subscription.cancelAt),
    canceledAt: toIsoOrNull(subscription.canceledAt),
    endedAt: toIsoOrNull(subscription.endedAt),
    pastDueSince: toIsoOrNull(pastDueSince),
    graceEndsAt: isInGrace
      ? toIso(graceEndsAt(pastDueSince, graceDays))
      : toIsoOrNull(isWaiting ? Math.max(entitledUntil, subscription.currentPeriodStart) : null),
    ...showIncluded(plan),
    createdAt: toIso(subscription.createdAt),
    updatedAt: toIso(subscription.updatedAt),
  };
}

/** Shows the plan of a user who has no subscription: as a rule the free one. */
export async function showNoSubscription(
  db: Database,
  userId: string,
  planId: string,
): Promise<SubscriptionView> {
  const [plan, stripeCustomerId, trialUsed] = await Promise.all([
    findPlan(db, planId),
    findCustomerId(db, userId),
    hasEverSubscribed(db, userId),
  ]);
  return {
    id: null,
    userId,
    status: plan === undefined || plan.kind === "free" ? "free" : "none",
    planId,
    plan: showPlanSummary(planId, plan),
    priceId: null,
    productId: plan?.stripeProductId ?? null,
    stripeCustomerId: stripeCustomerId ?? null,
    stripeSubscriptionId: null,
    interval: null,
    amountMinor: 0,
    currency: null,
    quantity: 1,
    currentPeriodStart: null,
    currentPeriodEnd: null,
    trialEnd: null,
    trialUsed,
    cancelAtPeriodEnd: false,
    cancelAt: null,
    canceledAt: null,
    endedAt: null,
    pastDueSince: null,
    graceEndsAt: null,
    ...showIncluded(plan),
    createdAt: null,
    updatedAt: null,
  };
}
