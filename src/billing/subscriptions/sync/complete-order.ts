import { and, eq, inArray, ne } from "drizzle-orm";
import { auditStatement } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { findOrder } from "../../orders/store.ts";
import { checkoutSessions, orders } from "../../tables.ts";
import type { Subscription, SubscriptionInvoice } from "../store.ts";

/** Returns whether a subscription has begun: it was paid for, or is on trial. */
export const hasBegun = ({ status }: Pick<Subscription, "status">): boolean =>
  status !== "incomplete" && status !== "incomplete_expired";

/**
 * Marks the order of a subscription as completed, and its checkout as succeeded, once the
 * subscription has begun. The order itself gives nothing: the subscription's invoices do.
 * @param orderId the order that the subscription's metadata names
 * @param firstInvoice the subscription's first invoice, where it is known
 * @returns whether this completed it
 */
export async function completeSubscriptionOrder(
  { db, nowMs }: Context,
  orderId: string | null,
  subscription: Subscription,
  firstInvoice: SubscriptionInvoice | undefined,
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
