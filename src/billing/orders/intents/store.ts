import { and, eq, isNull, or } from "drizzle-orm";
import type { Database } from "../../../db.ts";
import { checkoutSessions, orders } from "../../tables.ts";

/**
 * Notes which intent an order is paid by. @returns false when the order ended meanwhile, or is paid
 * by another
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

/** Forgets an intent that nobody was shown, unless the order was paid by it. */
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

/** Ends the page of an order without ending the order: an intent takes its place. */
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
