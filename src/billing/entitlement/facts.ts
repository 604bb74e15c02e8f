import { and, desc, eq, gt, inArray, isNotNull, lte, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { orders, subscriptionInvoices, subscriptions } from "../tables.ts";

const UNREVERSED_STATUSES: (typeof orders.$inferSelect)["status"][] = [
  "pending",
  "failed",
  "completed",
];

/**
 * The plan that a user should have by what was paid for once: that of the newest payment that
 * stands.
 */
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
    .limit(1);
  return newest[0]?.planId ?? undefined;
}

/**
 * Those of a user's subscriptions whose money for the time now went back: all that its invoices
 * came to was refunded or lost in disputes, or some of it is in dispute. What a balance paid of an
 * invoice is money too, and a refund of the rest leaves it.
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
  const isPaidNow = and(
    eq(status, "paid"),
    gt(totalMinor, 0),
    lte(periodStart, nowMs),
    gt(periodEnd, nowMs),
  );
  const rows = await db
    .select({ subscriptionId })
    .from(subscriptionInvoices)
    .where(and(eq(owner, userId), isPaidNow))
    .groupBy(subscriptionId)
    .having(sql`sum(${totalMinor} - ${refundedMinor}) <= 0 or max(${disputed}) = 1`);
  return new Set(rows.map((row) => row.subscriptionId));
}

/** All subscriptions of a user, ended ones too. */
export const listPlanSubscriptions = (db: Database, userId: string) =>
  db.select().from(subscriptions).where(eq(subscriptions.userId, userId));
