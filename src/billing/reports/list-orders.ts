import { and, desc, eq, lt, type SQL } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { showOrder } from "../orders/show.ts";
import type { Order } from "../orders/store.ts";
import { orders } from "../tables.ts";

/**
 * Which orders to list: those to which all of it applies. `before`: the id of the last order of the
 * page before.
 */
export interface OrderQuery {
  readonly status?: Order["status"] | undefined;
  readonly kind?: Order["kind"] | undefined;
  readonly userId?: string | undefined;
  readonly limit: number;
  readonly before: string | undefined;
}

/** One more than `limit`, newest first, everybody's. */
export async function listAllOrders(
  db: Database,
  { status, kind, userId, limit, before }: OrderQuery,
): Promise<Order[]> {
  const conditions: (SQL | undefined)[] = [];
  if (status !== undefined) conditions.push(eq(orders.status, status));
  if (kind !== undefined) conditions.push(eq(orders.kind, kind));
  if (userId !== undefined) conditions.push(eq(orders.userId, userId));
  if (before !== undefined) conditions.push(lt(orders.id, before));
  return await db
    .select()
    .from(orders)
    .where(and(...conditions))
    .orderBy(desc(orders.id))
    .limit(limit + 1);
}

const timeOrNull = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();

/** An order as the operator sees it: as its buyer does, and where its money is. */
export const showOrderToAdmin = (order: Order) => ({
  ...showOrder(order),
  subjectId: order.subjectId,
  sellerId: order.sellerId,
  sellerShareMinor: order.sellerShareMinor,
  paidMinor: order.paidMinor,
  refundedMinor: order.refundedMinor,
  stripePaymentIntentId: order.stripePaymentIntentId,
  stripeSubscriptionId: order.stripeSubscriptionId,
  paidAt: timeOrNull(order.paidAt),
  nextCheckAt: timeOrNull(order.nextCheckAt),
});
