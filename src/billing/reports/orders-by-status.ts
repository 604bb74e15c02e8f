import { and, gte, lte, sum } from "drizzle-orm";
import type { Database } from "../../db.ts";
import type { Order } from "../orders/store.ts";
import { orderCounts } from "../tables.ts";
import type { DateRange } from "./date-range.ts";

/** Counts the orders that were created on these days, by their present status. */
export async function countOrdersByStatus(
  db: Database,
  { from, to }: DateRange,
): Promise<{ status: Order["status"]; orders: number }[]> {
  const { day, status } = orderCounts;
  const rows = await db
    .select({ status, orders: sum(orderCounts.orders).mapWith(Number) })
    .from(orderCounts)
    .where(and(gte(day, from), lte(day, to)))
    .groupBy(status)
    .orderBy(status);
  return rows.filter(({ orders }) => orders !== 0);
}
