import { and, eq, isNotNull, or } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { orders, subscriptionInvoices } from "../tables.ts";

/** The open decisions about a user's payments, if there are any. */
type OpenClaim = "dispute" | "refund";

/**
 * Finds what is still to be decided about a user's payments: a dispute that a bank has not closed,
 * or a refund that was begun and has not been applied to its purchase yet.
 */
export async function findOpenClaim(db: Database, userId: string): Promise<OpenClaim | null> {
  const isDisputed = eq(orders.status, "disputed");
  const isBeingSynced = and(isNotNull(orders.completedAt), isNotNull(orders.nextCheckAt));
  const [order, invoice] = await Promise.all([
    db
      .select({ status: orders.status })
      .from(orders)
      .where(and(eq(orders.userId, userId), or(isDisputed, isBeingSynced)))
      .orderBy(orders.id)
      .limit(1)
      .get(),
    db
      .select({ id: subscriptionInvoices.id })
      .from(subscriptionInvoices)
      .where(and(eq(subscriptionInvoices.userId, userId), eq(subscriptionInvoices.disputed, true)))
      .limit(1)
      .get(),
  ]);
  if (invoice !== undefined || order?.status === "disputed") return "dispute";
  return order === undefined ? null : "refund";
}
