import type { BillingPeriod } from "../../meters.ts";
import type { subscriptionInvoices, subscriptions } from "../tables.ts";

type Subscription = Pick<
  typeof subscriptions.$inferSelect,
  "id" | "status" | "currentPeriodStart" | "currentPeriodEnd"
>;

/** An invoice of a subscription that was paid, with money or otherwise. */
export type PaidInvoice = Pick<
  typeof subscriptionInvoices.$inferSelect,
  "subscriptionId" | "periodStart" | "periodEnd" | "createdAt"
>;

/**
 * Returns the last period of a subscription that was paid for. At Stripe the next period begins on
 * time, whether or not it is paid: its invoice is a draft for an hour, and may stay unpaid
 * (https://docs.stripe.com/billing/subscriptions/overview). Until it is paid, the period before it
 * is the last one.
 * @param paidInvoices of the user. One for prices that are not the catalog's has no period of its
 *   own (`periodEnd` is 0), and counts by the time at which it was created
 */
export function findPaidPeriod(
  { id, status, currentPeriodStart, currentPeriodEnd }: Subscription,
  paidInvoices: readonly PaidInvoice[],
): BillingPeriod {
  const current = { startsAt: currentPeriodStart, endsAt: currentPeriodEnd };
  if (status === "trialing") return { ...current, isTrial: true };
  const paid = paidInvoices.filter(({ subscriptionId }) => subscriptionId === id);
  const isCurrentPaid = paid.some(
    ({ periodEnd, createdAt }) =>
      (periodEnd === 0 ? createdAt + 1 : periodEnd) > currentPeriodStart,
  );
  const dated = paid.filter(({ periodEnd }) => periodEnd > 0);
  // Nothing says which period was paid: Stripe has no invoice of it, or an older version saw it.
  if (isCurrentPaid || dated.length === 0) return current;
  const endsAt = Math.max(...dated.map(({ periodEnd }) => periodEnd));
  const last = dated.filter(({ periodEnd }) => periodEnd === endsAt);
  return { startsAt: Math.min(...last.map(({ periodStart }) => periodStart)), endsAt };
}
