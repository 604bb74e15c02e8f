import { eq } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { findOrder } from "../orders/store.ts";
import { findSubscription, isLive, listSubscriptionInvoices } from "../subscriptions/store.ts";
import { subscriptionInvoices } from "../tables.ts";
import { creditedAmounts } from "./credited-amounts.ts";
import type { RefundableSale } from "./decide-refund.ts";

/** A reference to a sale: an order, or an invoice of a subscription. */
export type SaleReference = { readonly orderId: string } | { readonly invoiceId: string };

async function findOrderSale(db: Database, orderId: string): Promise<RefundableSale | undefined> {
  const order = await findOrder(db, orderId);
  if (order === undefined) return undefined;
  const {
    id,
    userId,
    currency,
    stripePaymentIntentId,
    paidMinor,
    refundedMinor,
    status,
    paidAt,
    createdAt,
    updatedAt,
  } = order;
  return {
    id,
    userId,
    currency,
    // The first invoice paid for the order of a subscription, so the refund goes by that invoice.
    paymentIntentId: order.kind === "subscription" ? null : stripePaymentIntentId,
    paidMinor,
    refundedMinor,
    disputed: status === "disputed",
    creditedMinor: 0,
    isRunning: false,
    paidAt: paidAt ?? createdAt,
    updatedAt,
  };
}

async function findInvoiceSale(
  db: Database,
  invoiceId: string,
): Promise<RefundableSale | undefined> {
  const invoice = await db
    .select()
    .from(subscriptionInvoices)
    .where(eq(subscriptionInvoices.id, invoiceId))
    .get();
  if (invoice === undefined) return undefined;
  const {
    id,
    userId,
    currency,
    paidMinor,
    refundedMinor,
    disputed,
    paidAt,
    createdAt,
    updatedAt,
    subscriptionId,
  } = invoice;
  const [subscription, invoices] = await Promise.all([
    findSubscription(db, subscriptionId),
    listSubscriptionInvoices(db, subscriptionId),
  ]);
  return {
    id,
    userId,
    currency,
    paymentIntentId: invoice.stripePaymentIntentId,
    paidMinor,
    refundedMinor,
    disputed,
    creditedMinor: creditedAmounts(invoices).get(id) ?? 0,
    isRunning: subscription !== undefined && isLive(subscription),
    paidAt: paidAt ?? createdAt,
    updatedAt,
  };
}

/** Finds a sale by our records; undefined when there is none of that id. */
export const findSale = (
  db: Database,
  reference: SaleReference,
): Promise<RefundableSale | undefined> =>
  "orderId" in reference
    ? findOrderSale(db, reference.orderId)
    : findInvoiceSale(db, reference.invoiceId);
