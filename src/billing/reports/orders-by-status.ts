import { and, count, gte, lt } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { firstIdAt } from "../../ids.ts";
import type { Order } from "../orders/store.ts";
import { orders } from "../tables.ts";

/** How many orders that were made within a time stand how now. In ms; `toMs` is not included. */
export async function ordersByStatus(
  db: Database,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<{ status: Order["status"]; orders: number }[]> {
  return await db
    .select({ status: orders.status, orders: count() })
    .from(orders)
    .where(and(gte(orders.id, firstIdAt("ord", fromMs)), lt(orders.id, firstIdAt("ord", toMs))))
    .groupBy(orders.status)
    .orderBy(orders.status);
}
