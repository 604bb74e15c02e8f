import { and, desc, eq, gt, inArray, isNotNull, lte, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { orders, subscriptionInvoices, subscriptions } from "../tables.ts";
import type { PaidInvoice } from "./paid-period.ts";

const UNREVERSED_STATUSES: (typeof orders.$inferSelect)["status"][] = [
  "pending",
  "failed",
  "completed",
];

/** Returns the plan of a user's newest payment for a one-time plan that was not reversed. */
export async function findPurchasedPlanId(
  db: Database,
  userId: string,
): Promise<string | undefined> {
  const newest = await db
    .select({ planId: orders.planId })
    .from(orders)
    .where(
      and(
        eq(orders.userId, userId),
        eq(orders.givesPlan, true),
        isNotNull(orders.paidAt),
        inArray(orders.status, UNREVERSED_STATUSES),
      ),
    )
    .orderBy(desc(orders.paidAt), desc(orders.id))
    .limit(1)
    .get();
  return newest?.planId ?? undefined;
}

/**
 * Lists a user's subscriptions whose money for the current time went back: all that their invoices
 * came to was refunded or lost in disputes, or some of it is in dispute. The part of an invoice
 * that a balance paid is money too, and a refund of the rest leaves it.
 */
export async function listReversedSubscriptionIds(
  db: Database,
  userId: string,
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const {
    userId: owner,
    subscriptionId,
    status,
    periodStart,
    periodEnd,
    totalMinor,
    refundedMinor,
    disputed,
  } = subscriptionInvoices;
  const isPaidAndCurrent = and(
    eq(status, "paid"),
    gt(totalMinor, 0),
    lte(periodStart, nowMs),
    gt(periodEnd, nowMs),
  );
  const rows = await db
    .select({ subscriptionId })
    .from(subscriptionInvoices)
    .where(and(eq(owner, userId), isPaidAndCurrent))
    .groupBy(subscriptionId)
    .having(sql`sum(${totalMinor} - ${refundedMinor}) <= 0 or max(${disputed}) = 1`);
  return new Set(rows.map((row) => row.subscriptionId));
}

/** Lists the invoices of a user's subscriptions that were paid. */
export const listPaidInvoices = (db: Database, userId: string): Promise<PaidInvoice[]> => {
  const { subscriptionId, periodStart, periodEnd, createdAt, status } = subscriptionInvoices;
  return db
    .select({ subscriptionId, periodStart, periodEnd, createdAt })
    .from(subscriptionInvoices)
    .where(and(eq(subscriptionInvoices.userId, userId), eq(status, "paid")));
};

/** Lists all subscriptions of a user, including ended ones. */
export const listPlanSubscriptions = (db: Database, userId: string) =>
  db.select().from(subscriptions).where(eq(subscriptions.userId, userId));
