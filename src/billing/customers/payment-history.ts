import { and, desc, eq, lt, ne, or, type SQL } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Database } from "../../db.ts";
import { toMajor } from "../../units.ts";
import type { Order } from "../orders/store.ts";
import type { SubscriptionInvoice } from "../subscriptions/store.ts";
import { orders, subscriptionInvoices } from "../tables.ts";

/** Where a page of the history ends: what is older, or as old with a lesser id, comes after it. */
export interface HistoryCursor {
  readonly atMs: number;
  readonly id: string;
}

/** A payment, made or tried: an order, or an invoice of a subscription. Times in ms. */
export interface Payment {
  readonly id: string;
  readonly type: "order" | "invoice";
  readonly kind: Order["kind"];
  readonly title: string;
  readonly status: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly createdAt: number;
  readonly paidAt: number | null;
}

const orderToPayment = (order: Order): Payment => ({
  id: order.id,
  type: "order",
  kind: order.kind,
  title: order.title,
  status: order.status,
  currency: order.currency,
  amountMinor: order.amountMinor,
  paidMinor: order.paidMinor ?? 0,
  refundedMinor: order.refundedMinor,
  createdAt: order.createdAt,
  paidAt: order.paidAt,
});

const invoiceToPayment = (invoice: SubscriptionInvoice): Payment => ({
  id: invoice.id,
  type: "invoice",
  kind: "subscription",
  title: invoice.title,
  status: invoice.status,
  currency: invoice.currency,
  amountMinor: invoice.totalMinor,
  paidMinor: invoice.paidMinor,
  refundedMinor: invoice.refundedMinor,
  createdAt: invoice.createdAt,
  paidAt: invoice.paidAt,
});

const olderThanCursor = (
  at: AnySQLiteColumn,
  id: AnySQLiteColumn,
  cursor: HistoryCursor | undefined,
): SQL | undefined =>
  cursor === undefined
    ? undefined
    : or(lt(at, cursor.atMs), and(eq(at, cursor.atMs), lt(id, cursor.id)));

/**
 * What a user paid or tried to pay, newest first, one more than `limit`. The order of a
 * subscription is left out: its first invoice is what was paid.
 */
export async function listPayments(
  db: Database,
  userId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor: HistoryCursor | undefined },
): Promise<Payment[]> {
  const [sold, invoiced] = await Promise.all([
    db
      .select()
      .from(orders)
      .where(
        and(
          eq(orders.userId, userId),
          ne(orders.kind, "subscription"),
          olderThanCursor(orders.createdAt, orders.id, cursor),
        ),
      )
      .orderBy(desc(orders.createdAt), desc(orders.id))
      .limit(limit + 1),
    db
      .select()
      .from(subscriptionInvoices)
      .where(
        and(
          eq(subscriptionInvoices.userId, userId),
          ne(subscriptionInvoices.status, "draft"),
          olderThanCursor(subscriptionInvoices.createdAt, subscriptionInvoices.id, cursor),
        ),
      )
      .orderBy(desc(subscriptionInvoices.createdAt), desc(subscriptionInvoices.id))
      .limit(limit + 1),
  ]);
  return [...sold.map(orderToPayment), ...invoiced.map(invoiceToPayment)]
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .slice(0, limit + 1);
}

/** A payment as the wire shows it. */
export const showPayment = ({ createdAt, paidAt, ...payment }: Payment) => ({
  ...payment,
  amount: toMajor(payment.amountMinor, payment.currency),
  createdAt: new Date(createdAt).toISOString(),
  paidAt: paidAt === null ? null : new Date(paidAt).toISOString(),
});
