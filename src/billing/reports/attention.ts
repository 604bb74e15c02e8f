import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import type { Config } from "../../config.ts";
import type { Database } from "../../db.ts";
import { callStripe } from "../stripe/stripe.ts";
import { secondsToMs } from "../stripe/values.ts";
import { orders, stripeEvents, subscriptionInvoices, subscriptions } from "../tables.ts";

/** A payment that its buyer disputes at their bank. */
export interface DisputedPayment {
  /** The order or the invoice that it paid. */
  readonly subjectId: string;
  readonly kind: "order" | "invoice";
  readonly userId: string;
  readonly title: string;
  readonly currency: string;
  readonly paidMinor: number;
  readonly paymentIntentId: string | null;
}

/** A subscription with a payment that failed and is being retried. */
export interface PastDueSubscription {
  readonly id: string;
  readonly userId: string;
  readonly planId: string;
  readonly pastDueSince: number;
}

/** Counts events that could not be handled, up to `max`. */
export async function countFailedEvents(db: Database, max: number): Promise<number> {
  const { id, status, receivedAt } = stripeEvents;
  const rows = await db
    .select({ id })
    .from(stripeEvents)
    .where(eq(status, "failed"))
    .orderBy(desc(receivedAt), desc(id))
    .limit(max);
  return rows.length;
}

/** Lists payments that are disputed now: orders first, each newest first, at most `limit`. */
export async function listDisputedPayments(
  db: Database,
  limit: number,
): Promise<DisputedPayment[]> {
  const [ofOrders, ofInvoices] = await db.batch([
    db
      .select()
      .from(orders)
      .where(eq(orders.status, "disputed"))
      .orderBy(desc(orders.id))
      .limit(limit),
    db
      .select()
      .from(subscriptionInvoices)
      .where(sql`${subscriptionInvoices.disputed} = 1`)
      .orderBy(desc(subscriptionInvoices.paidAt))
      .limit(limit),
  ]);
  const toPayment = (
    kind: DisputedPayment["kind"],
    row: (typeof ofOrders)[number] | (typeof ofInvoices)[number],
  ): DisputedPayment => ({
    subjectId: row.id,
    kind,
    userId: row.userId,
    title: row.title,
    currency: row.currency,
    paidMinor: row.paidMinor ?? 0,
    paymentIntentId: row.stripePaymentIntentId,
  });
  return [
    ...ofOrders.map((row) => toPayment("order", row)),
    ...ofInvoices.map((row) => toPayment("invoice", row)),
  ].slice(0, limit);
}

/**
 * Returns until when evidence about a disputed payment can be sent, in ms. Stripe alone knows it:
 * null where it cannot be asked, or expects no evidence.
 */
export async function fetchEvidenceDueAt(
  config: Config,
  paymentIntentId: string | null,
): Promise<number | null> {
  if (paymentIntentId === null) return null;
  const disputes = await callStripe(config, (stripe) =>
    stripe.disputes.list({ payment_intent: paymentIntentId, limit: 10 }),
  );
  if (!disputes.ok) return null;
  const dueAt = disputes.value.data
    .filter(({ status }) => status === "needs_response" || status === "warning_needs_response")
    .flatMap(({ evidence_details: { due_by: dueBy } }) => (dueBy === null ? [] : [dueBy]));
  return dueAt.length === 0 ? null : secondsToMs(Math.min(...dueAt));
}

/** Lists subscriptions with a missing payment, the longest missing first, at most `limit`. */
export const listPastDueSubscriptions = async (
  db: Database,
  limit: number,
): Promise<PastDueSubscription[]> => {
  const { id, userId, planId, pastDueSince, status } = subscriptions;
  const rows = await db
    .select({ id, userId, planId, pastDueSince })
    .from(subscriptions)
    .where(and(isNotNull(pastDueSince), eq(status, "past_due")))
    .orderBy(asc(pastDueSince))
    .limit(limit);
  return rows.flatMap(({ pastDueSince: since, ...row }) =>
    since === null ? [] : [{ ...row, pastDueSince: since }],
  );
};
