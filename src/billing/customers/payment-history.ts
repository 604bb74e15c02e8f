import { and, desc, eq, isNotNull, ne, type SQL } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import { comparePair, type Database } from "../../db.ts";
import type { TimedPosition } from "../../http/page.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { toMajor } from "../../units.ts";
import type { Order } from "../orders/store.ts";
import type { SubscriptionInvoice } from "../subscriptions/store.ts";
import { orders, subscriptionInvoices } from "../tables.ts";
import type { PaymentView } from "./wire.ts";

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
  readonly disputed: boolean;
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
  disputed: order.status === "disputed",
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
  disputed: invoice.disputed,
  createdAt: invoice.createdAt,
  paidAt: invoice.paidAt,
});

/** The condition that a row is older than a position, or as old with a lesser id. */
const isAfterCursor = (
  at: AnySQLiteColumn,
  id: AnySQLiteColumn,
  cursor: TimedPosition | undefined,
): SQL | undefined =>
  cursor === undefined ? undefined : comparePair([at, id], "<", [cursor.atMs, cursor.id]);

/** A page of payments; `onlyPaid` leaves out what was only tried. */
interface PaymentsQuery {
  readonly limit: number;
  readonly cursor: TimedPosition | undefined;
  readonly onlyPaid?: boolean;
}

/**
 * Lists what a user paid or tried to pay, newest first. The order of a subscription is left out:
 * its first invoice is what was paid.
 * @returns up to `limit + 1`
 */
export async function listPayments(
  db: Database,
  userId: string,
  { limit, cursor, onlyPaid = false }: PaymentsQuery,
): Promise<Payment[]> {
  const [sold, invoiced] = await Promise.all([
    db
      .select()
      .from(orders)
      .where(
        and(
          eq(orders.userId, userId),
          ne(orders.kind, "subscription"),
          onlyPaid ? isNotNull(orders.paidAt) : undefined,
          isAfterCursor(orders.createdAt, orders.id, cursor),
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
          onlyPaid ? eq(subscriptionInvoices.status, "paid") : undefined,
          isAfterCursor(subscriptionInvoices.createdAt, subscriptionInvoices.id, cursor),
        ),
      )
      .orderBy(desc(subscriptionInvoices.createdAt), desc(subscriptionInvoices.id))
      .limit(limit + 1),
  ]);
  return [...sold.map(orderToPayment), ...invoiced.map(invoiceToPayment)]
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .slice(0, limit + 1);
}

/** Shows a payment. */
export const showPayment = ({ createdAt, paidAt, ...payment }: Payment): PaymentView => ({
  ...payment,
  amount: toMajor(payment.amountMinor, payment.currency),
  createdAt: toIso(createdAt),
  paidAt: toIsoOrNull(paidAt),
});
