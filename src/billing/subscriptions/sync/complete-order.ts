import { and, eq, inArray, ne } from "drizzle-orm";
import { auditStatement } from "../../../audit/index.ts";
import type { Database } from "../../../db.ts";
import { findOrder } from "../../orders/store.ts";
import { checkoutSessions, orders } from "../../tables.ts";
import type { Subscription, SubscriptionInvoice } from "../store.ts";

/** Whether a subscription has begun: was paid for, or its trial runs. */
export const hasBegun = ({ status }: Pick<Subscription, "status">): boolean =>
  status !== "incomplete" && status !== "incomplete_expired";

/**
 * Marks the order that a subscription began with as completed, and its checkout as succeeded, once
 * the subscription has begun. The order itself gives nothing: the subscription's invoices do.
 * @param orderId what the subscription's metadata names
 * @param first the subscription's first invoice, where it is known
 * @returns whether that was news
 */
export async function completeSubscriptionOrder(
  db: Database,
  orderId: string | null,
  subscription: Subscription,
  firstInvoice: SubscriptionInvoice | undefined,
  nowMs: number,
): Promise<boolean> {
  if (orderId === null || !hasBegun(subscription)) return false;
  const order = await findOrder(db, orderId);
  const isOurs = order?.kind === "subscription" && order.userId === subscription.userId;
  if (!isOurs || (order.status !== "pending" && order.status !== "failed")) return false;
  const { userId, planId, amountMinor, currency } = order;
  await db.batch([
    db
      .update(orders)
      .set({
        status: "completed",
        failureReason: null,
        stripeSubscriptionId: subscription.id,
        stripePaymentIntentId: firstInvoice?.stripePaymentIntentId ?? null,
        paidMinor: firstInvoice?.paidMinor ?? 0,
        paidAt: firstInvoice?.paidAt ?? subscription.createdAt,
        completedAt: nowMs,
        updatedAt: nowMs,
        nextCheckAt: null,
      })
      .where(and(eq(orders.id, orderId), inArray(orders.status, ["pending", "failed"]))),
    db
      .update(checkoutSessions)
      .set({ status: "succeeded", processedAt: nowMs })
      .where(and(eq(checkoutSessions.orderId, orderId), ne(checkoutSessions.status, "succeeded"))),
    auditStatement(
      db,
      {
        actor: { kind: "stripe", id: subscription.id },
        action: "order.completed",
        subjectId: orderId,
        userId,
        after: {
          kind: "subscription",
          planId,
          amountMinor,
          currency,
          subscriptionId: subscription.id,
        },
        onceKey: `order:${orderId}:completed`,
      },
      nowMs,
    ),
  ]);
  return true;
}
