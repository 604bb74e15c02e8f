import { and, eq, inArray, ne } from "drizzle-orm";
import { auditStatement } from "../../../audit/index.ts";
import type { Context } from "../../../context.ts";
import { failOrder, findOrder } from "../../orders/store.ts";
import { checkoutSessions, orders } from "../../tables.ts";
import type { Subscription, SubscriptionInvoice } from "../store.ts";

/**
 * Returns whether a subscription has begun: it is or was on trial, or one of its invoices was paid.
 * The status does not say so: Stripe's is `active` while the first bank debit is under way.
 */
export const hasBegun = (
  { status, trialEnd }: Pick<Subscription, "status" | "trialEnd">,
  invoices: readonly Pick<SubscriptionInvoice, "status">[],
): boolean =>
  status !== "incomplete" &&
  status !== "incomplete_expired" &&
  (trialEnd !== null || invoices.some((invoice) => invoice.status === "paid"));

/**
 * Returns whether a subscription has not begun and no longer can: Stripe voids the first invoice
 * when its bank debit fails.
 */
export const hasFailedToBegin = (
  subscription: Pick<Subscription, "status" | "trialEnd">,
  invoices: readonly Pick<SubscriptionInvoice, "status">[],
): boolean =>
  !hasBegun(subscription, invoices) &&
  invoices.length > 0 &&
  invoices.every(({ status }) => status === "void");

const findFailure = (
  subscription: Pick<Subscription, "status" | "trialEnd">,
  invoices: readonly Pick<SubscriptionInvoice, "status">[],
): string | null => (hasFailedToBegin(subscription, invoices) ? "The first payment failed." : null);

/**
 * Marks the order of a subscription as completed, and its checkout as succeeded, once the
 * subscription has begun, or as failed once it no longer can. The order itself gives nothing: the
 * subscription's invoices do.
 * @param orderId the order that the subscription's metadata names
 * @param invoices the subscription's invoices that are known
 * @param refusal why the subscription was not let begin; null where it was
 * @returns whether this completed it
 */
export async function completeSubscriptionOrder(
  { db, nowMs }: Context,
  orderId: string | null,
  subscription: Subscription,
  invoices: readonly SubscriptionInvoice[],
  refusal: string | null,
): Promise<boolean> {
  if (orderId === null) return false;
  const reason = refusal ?? findFailure(subscription, invoices);
  if (reason !== null) {
    await failOrder(db, orderId, { sessionStatus: "failed", reason }, nowMs);
    return false;
  }
  if (!hasBegun(subscription, invoices)) return false;
  const [firstInvoice] = invoices.toSorted(
    (a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  );
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
