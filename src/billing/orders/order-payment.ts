import { and, eq, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import type { PaymentState } from "../payments/payment-state.ts";
import { checkoutSessions, orders } from "../tables.ts";
import { FIRST_CHECK_MS } from "./new-order.ts";

/** How a payment stands, as it is written into its order. */
export interface OrderPayment extends Pick<PaymentState, "status" | "refundedMinor"> {
  readonly paymentIntentId: string | null;
  readonly paidMinor: number;
  readonly paidAtMs: number;
}

/**
 * Whether the row says otherwise. The payment that a buyer made is told by Stripe alone, so it is
 * set whole each time.
 */
const differsFrom = (payment: OrderPayment) =>
  or(
    sql`${orders.stripePaymentIntentId} is not ${payment.paymentIntentId}`,
    sql`${orders.paidMinor} is not ${payment.paidMinor}`,
    sql`${orders.paidAt} is not ${payment.paidAtMs}`,
    ne(orders.refundedMinor, payment.refundedMinor),
  );

const paymentColumns = (payment: OrderPayment) => ({
  stripePaymentIntentId: payment.paymentIntentId,
  paidMinor: payment.paidMinor,
  paidAt: payment.paidAtMs,
  refundedMinor: payment.refundedMinor,
});

/**
 * Notes how a payment stands before anything is given or taken for it, so that the plan in force is
 * decided by it. An order that was not delivered yet stays open, and any is due for a check until
 * `markFulfilled`, should the Worker die between the two.
 * @returns whether this was news
 */
export async function recordPayment(
  db: Database,
  orderId: string,
  payment: OrderPayment,
  nowMs: number,
): Promise<boolean> {
  const undeliveredStatus = sql`case when ${orders.status} in ('pending', 'failed') then ${orders.status} else 'pending' end`;
  const status =
    payment.status === "completed"
      ? sql`case when ${orders.completedAt} is null then ${undeliveredStatus} else 'completed' end`
      : sql`${payment.status}`;
  const updated = await db
    .update(orders)
    .set({ ...paymentColumns(payment), status, nextCheckAt: nowMs + FIRST_CHECK_MS })
    .where(
      and(eq(orders.id, orderId), or(differsFrom(payment), sql`${orders.status} <> ${status}`)),
    )
    .returning({ id: orders.id });
  return updated.length === 1;
}

const markSessionSucceeded = (
  db: Database,
  orderId: string,
  stripeSessionId: string,
  nowMs: number,
) =>
  db
    .update(checkoutSessions)
    .set({ status: "succeeded", processedAt: nowMs })
    .where(
      and(
        eq(checkoutSessions.orderId, orderId),
        // Its id may never have been written down.
        or(isNull(checkoutSessions.stripeId), eq(checkoutSessions.stripeId, stripeSessionId)),
        ne(checkoutSessions.status, "succeeded"),
      ),
    );

/**
 * Marks a paid order as delivered, as far as its payment stands, and the page it was paid on as
 * succeeded.
 * @param stripeSessionId the page, or null when it was paid by an intent of its own
 * @param entries what the audit log is told of it, in the same batch
 * @returns whether this was news
 */
export async function markFulfilled(
  db: Database,
  orderId: string,
  { payment, stripeSessionId }: { payment: OrderPayment; stripeSessionId: string | null },
  entries: readonly BatchItem<"sqlite">[],
  nowMs: number,
): Promise<boolean> {
  const needsUpdate = or(
    differsFrom(payment),
    ne(orders.status, payment.status),
    isNull(orders.completedAt),
    isNotNull(orders.nextCheckAt),
  );
  const [marked] = await db.batch([
    db
      .update(orders)
      .set({
        ...paymentColumns(payment),
        status: payment.status,
        failureReason: null,
        completedAt: sql`coalesce(${orders.completedAt}, ${nowMs})`,
        updatedAt: nowMs,
        nextCheckAt: null,
      })
      .where(and(eq(orders.id, orderId), needsUpdate))
      .returning({ id: orders.id }),
    ...(stripeSessionId === null
      ? []
      : [markSessionSucceeded(db, orderId, stripeSessionId, nowMs)]),
    ...entries,
  ]);
  return marked.length === 1;
}

/**
 * Ends an order for which money came that can not be delivered: it says why, until the money went
 * back. The payment is noted, so that it can be refunded; it was not for this order, so no plan
 * follows from it.
 * @returns whether this was news
 */
export async function markUndeliverable(
  db: Database,
  orderId: string,
  { payment, reason }: { payment: OrderPayment; reason: string },
  entries: readonly BatchItem<"sqlite">[],
  nowMs: number,
): Promise<boolean> {
  const status = payment.status === "refunded" ? "refunded" : "failed";
  const values = {
    ...paymentColumns(payment),
    paidAt: null,
    status,
    failureReason: reason,
    nextCheckAt: null,
  } as const;
  const [marked] = await db.batch([
    db
      .update(orders)
      .set({ ...values, updatedAt: nowMs })
      .where(
        and(
          eq(orders.id, orderId),
          isNull(orders.completedAt),
          or(
            sql`${orders.stripePaymentIntentId} is not ${payment.paymentIntentId}`,
            ne(orders.refundedMinor, payment.refundedMinor),
            ne(orders.status, status),
            isNotNull(orders.nextCheckAt),
          ),
        ),
      )
      .returning({ id: orders.id }),
    db
      .update(checkoutSessions)
      .set({ status: "failed", processedAt: nowMs })
      .where(
        and(
          eq(checkoutSessions.orderId, orderId),
          sql`${checkoutSessions.status} in ('pending', 'processing')`,
        ),
      ),
    ...entries,
  ]);
  return marked.length === 1;
}
