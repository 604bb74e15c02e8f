import { and, eq, lt, type SQL } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { toIsoOrNull } from "../../time.ts";
import { showOrder } from "../orders/show.ts";
import { type Order, type OrderWithSession, selectOrdersWithSession } from "../orders/store.ts";
import { orders } from "../tables.ts";
import type { OrderToAdminView } from "./wire.ts";

/** A filter of orders, of which every given field has to match, and a page. */
export interface OrderQuery {
  readonly status?: Order["status"] | undefined;
  readonly kind?: Order["kind"] | undefined;
  readonly userId?: string | undefined;
  readonly limit: number;
  /** The id of the last order of the previous page. */
  readonly cursor?: string | undefined;
}

/**
 * Lists the orders of all users, newest first.
 * @returns up to `limit + 1`
 */
export async function listAllOrders(
  db: Database,
  { status, kind, userId, limit, cursor }: OrderQuery,
): Promise<OrderWithSession[]> {
  const conditions: (SQL | undefined)[] = [];
  if (status !== undefined) conditions.push(eq(orders.status, status));
  if (kind !== undefined) conditions.push(eq(orders.kind, kind));
  if (userId !== undefined) conditions.push(eq(orders.userId, userId));
  if (cursor !== undefined) conditions.push(lt(orders.id, cursor));
  return await selectOrdersWithSession(db, and(...conditions)).limit(limit + 1);
}

/** Shows an order to an admin. */
export const showOrderToAdmin = (order: OrderWithSession): OrderToAdminView => ({
  ...showOrder(order),
  sellerId: order.sellerId,
  sellerShareMinor: order.sellerShareMinor,
  stripePaymentIntentId: order.stripePaymentIntentId,
  stripeSubscriptionId: order.stripeSubscriptionId,
  paidAt: toIsoOrNull(order.paidAt),
  nextCheckAt: toIsoOrNull(order.nextCheckAt),
});
