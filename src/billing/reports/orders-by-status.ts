import { and, count, gte, lt } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { firstIdAt } from "../../ids.ts";
import type { Order } from "../orders/store.ts";
import { orders } from "../tables.ts";
import type { TimeRange } from "./time-range.ts";

/** Counts the orders that were created within a time range, by their present status. */
export async function countOrdersByStatus(
  db: Database,
  { fromMs, toMs }: TimeRange,
): Promise<{ status: Order["status"]; orders: number }[]> {
  return await db
    .select({ status: orders.status, orders: count() })
    .from(orders)
    .where(and(gte(orders.id, firstIdAt("ord", fromMs)), lt(orders.id, firstIdAt("ord", toMs))))
    .groupBy(orders.status)
    .orderBy(orders.status);
}
