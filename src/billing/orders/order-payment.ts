import { and, eq, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import type { PaymentState } from "../payments/payment-state.ts";
import { checkoutSessions, orders } from "../tables.ts";
import { FIRST_CHECK_MS } from "./store.ts";

/** The state of a payment as it is recorded in its order. */
export interface OrderPayment extends Pick<PaymentState, "status" | "refundedMinor"> {
  readonly paymentIntentId: string | null;
  readonly paidMinor: number;
  readonly paidAtMs: number;
}

/**
 * Returns the condition that the row has another payment. Only Stripe knows a buyer's payment, so
 * all of its columns are set each time.
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
 * Records the state of a payment before anything is given or taken for it, so that the effective
 * plan is decided by it. An order that was not delivered yet stays open, and every order is due for
 * a check until `markFulfilled`, in case the Worker dies between the two.
 * @returns whether the row changed
 */
export async function recordPayment(
  db: Database,
  orderId: string,
  payment: OrderPayment,
  nowMs: number,
): Promise<boolean> {
  const undeliveredStatus = sql`case
    when ${orders.status} in ('pending', 'failed') then ${orders.status}
    else 'pending' end`;
  const status =
    payment.status === "completed"
      ? sql`case
          when ${orders.completedAt} is null then ${undeliveredStatus}
          else 'completed' end`
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
        // The session's id at Stripe may never have been recorded.
        or(isNull(checkoutSessions.stripeId), eq(checkoutSessions.stripeId, stripeSessionId)),
        ne(checkoutSessions.status, "succeeded"),
      ),
    );

/**
 * Marks a paid order with the status of its payment, and as delivered, and the page it was paid on
 * as succeeded.
 * @param paid `stripeSessionId`: the page, or null when the order was paid by an intent of its own
 * @param entries the statements of the audit log, run in the same batch
 * @returns whether the row changed
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
 * Fails a paid order that cannot be delivered, with the reason; it is `refunded` once the money
 * went back. The payment is recorded so that it can be refunded, but without `paidAt`: it was not
 * for this order, so no plan follows from it.
 * @returns whether the row changed
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
