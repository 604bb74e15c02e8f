import type { SUBSCRIPTION_STATUSES } from "../tables.ts";

/** What of a subscription decides whether it entitles. */
interface PlanSubscription {
  readonly id: string;
  readonly planId: string;
  readonly status: (typeof SUBSCRIPTION_STATUSES)[number];
  /** Since when a payment is missing; null when none is. */
  readonly pastDueSince: number | null;
  /** Whether what was paid for the time now went back, or is in dispute. */
  readonly isPaymentReversed: boolean;
  readonly createdAt: number;
}

/** All by which a user's plan is decided. */
export interface PlanFacts {
  /** A plan that the operator agreed with this user by hand. */
  readonly assignedPlanId: string | null;
  readonly subscriptions: readonly PlanSubscription[];
  /**
   * The plan of the newest payment for a one-time plan that was neither refunded nor is disputed.
   */
  readonly purchasedPlanId: string | null;
  /** The catalog's free plan; null when it has none. */
  readonly freePlanId: string | null;
}

/** When a subscription whose payment is missing no longer entitles, in ms. */
export const graceEndsAt = (pastDueSince: number, graceDays: number): number =>
  pastDueSince + graceDays * 86_400_000;

/**
 * Whether a subscription entitles to its plan now: while it is paid for or on trial, and for the
 * time of grace when a payment is missing. Not before it was first paid (`incomplete`), nor when
 * Stripe has given up (`unpaid`), nor paused or ended; and not for time whose money went back (I6):
 * the next payment puts it in force again.
 */
export function isSubscriptionEntitling(
  subscription: PlanSubscription,
  graceDays: number,
  nowMs: number,
): boolean {
  const { status, pastDueSince, isPaymentReversed: isMoneyBack } = subscription;
  if (isMoneyBack) return false;
  if (status === "active" || status === "trialing") return true;
  return (
    status === "past_due" && pastDueSince !== null && nowMs < graceEndsAt(pastDueSince, graceDays)
  );
}

const newestFirst = (a: PlanSubscription, b: PlanSubscription): number =>
  b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);

/**
 * Decides which plan a user has: what was agreed by hand, else that of the newest subscription that
 * entitles, else the one-time plan that was paid for last, else the free one.
 * @returns null when the catalog has no free plan to fall back to: then nothing is to be changed
 */
export function decideEffectivePlan(
  facts: PlanFacts,
  graceDays: number,
  nowMs: number,
): string | null {
  if (facts.assignedPlanId !== null) return facts.assignedPlanId;
  const [newest] = facts.subscriptions
    .filter((subscription) => isSubscriptionEntitling(subscription, graceDays, nowMs))
    .toSorted(newestFirst);
  return newest?.planId ?? facts.purchasedPlanId ?? facts.freePlanId;
}
