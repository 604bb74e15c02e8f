import type { BillingPeriod } from "../../meters.ts";
import { DAY_MS } from "../../time.ts";
import type { SUBSCRIPTION_STATUSES } from "../tables.ts";

/** The fields of a subscription that decide whether it entitles. */
interface PlanSubscription {
  readonly id: string;
  readonly planId: string;
  readonly status: (typeof SUBSCRIPTION_STATUSES)[number];
  /** When a payment became overdue; null when none is. */
  readonly pastDueSince: number | null;
  /** Until when it entitles without another payment; null as long as its status does. */
  readonly entitledUntil: number | null;
  /** Whether the money for the current time went back, or is in dispute. */
  readonly isPaymentReversed: boolean;
  readonly createdAt: number;
  /** The last period that was paid for. */
  readonly paidPeriod: BillingPeriod;
}

/** A user's plan, and the paid period of the subscription that it comes from. */
export interface EffectivePlan {
  readonly planId: string;
  /** Null for any other plan than a subscription's. */
  readonly billingPeriod: BillingPeriod | null;
}

/** The facts that decide a user's plan. */
export interface PlanFacts {
  /** The plan that the operator agreed with this user by hand. */
  readonly assignedPlanId: string | null;
  readonly subscriptions: readonly PlanSubscription[];
  /** The one-time plan that was paid for last, and is neither refunded nor disputed. */
  readonly purchasedPlanId: string | null;
  /** The catalog's free plan; null when it has none. */
  readonly freePlanId: string | null;
}

/** Returns when an overdue subscription stops entitling to its plan, in ms. */
export const graceEndsAt = (pastDueSince: number, graceDays: number): number =>
  pastDueSince + graceDays * DAY_MS;

/**
 * Returns whether a subscription entitles to its plan now: while it is paid for or on trial, and
 * for the grace period of an overdue payment. It does not before its first payment (`incomplete`),
 * when Stripe has given up (`unpaid`), or when it is paused or has ended; nor, whatever its status,
 * for time that is not paid for, or whose money went back (I6), until the next payment.
 */
export function isSubscriptionEntitling(
  subscription: PlanSubscription,
  graceDays: number,
  nowMs: number,
): boolean {
  const { status, pastDueSince, entitledUntil, isPaymentReversed } = subscription;
  if (isPaymentReversed || (entitledUntil !== null && nowMs >= entitledUntil)) return false;
  if (status === "active" || status === "trialing") return true;
  return (
    status === "past_due" && pastDueSince !== null && nowMs < graceEndsAt(pastDueSince, graceDays)
  );
}

const newestFirst = (a: PlanSubscription, b: PlanSubscription): number =>
  b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);

/** A plan that goes by the calendar. */
const calendar = (planId: string): EffectivePlan => ({ planId, billingPeriod: null });

/**
 * Decides which plan a user has: the plan agreed by hand, else that of the newest subscription that
 * entitles, else the one-time plan that was paid for last, else the free one.
 * @returns null when the catalog has no free plan to fall back to: then nothing changes
 */
export function decideEffectivePlan(
  facts: PlanFacts,
  graceDays: number,
  nowMs: number,
): EffectivePlan | null {
  if (facts.assignedPlanId !== null) return calendar(facts.assignedPlanId);
  const [newest] = facts.subscriptions
    .filter((subscription) => isSubscriptionEntitling(subscription, graceDays, nowMs))
    .toSorted(newestFirst);
  if (newest !== undefined) return { planId: newest.planId, billingPeriod: newest.paidPeriod };
  const planId = facts.purchasedPlanId ?? facts.freePlanId;
  return planId === null ? null : calendar(planId);
}
