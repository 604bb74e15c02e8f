import { and, eq, isNull, or } from "drizzle-orm";
import type { Database } from "../../../db.ts";
import { checkoutSessions, orders } from "../../tables.ts";

/**
 * Records the intent that pays an order.
 * @returns false when the order has ended, or another intent pays it
 */
export async function bindIntent(
  db: Database,
  orderId: string,
  intentId: string,
): Promise<boolean> {
  const isUnbound = or(
    isNull(orders.stripePaymentIntentId),
    eq(orders.stripePaymentIntentId, intentId),
  );
  const bound = await db
    .update(orders)
    .set({ stripePaymentIntentId: intentId })
    .where(and(eq(orders.id, orderId), eq(orders.status, "pending"), isUnbound))
    .returning({ id: orders.id });
  return bound.length === 1;
}

/** Removes an intent that nobody was shown from its order, unless it has paid the order. */
export async function unbindIntent(db: Database, orderId: string, intentId: string): Promise<void> {
  await db
    .update(orders)
    .set({ stripePaymentIntentId: null })
    .where(
      and(
        eq(orders.id, orderId),
        eq(orders.stripePaymentIntentId, intentId),
        isNull(orders.paidAt),
      ),
    );
}

/** Cancels an order's page but not the order: an intent takes the page's place. */
export async function cancelSessionOfOrder(
  db: Database,
  orderId: string,
  nowMs: number,
): Promise<void> {
  await db
    .update(checkoutSessions)
    .set({ status: "canceled", processedAt: nowMs })
    .where(and(eq(checkoutSessions.orderId, orderId), eq(checkoutSessions.status, "pending")));
}
