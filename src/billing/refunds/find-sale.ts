import { eq } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { findOrder } from "../orders/store.ts";
import { findSubscription, invoicesOf, isLive } from "../subscriptions/store.ts";
import { subscriptionInvoices } from "../tables.ts";
import { creditedOf } from "./credited.ts";
import type { RefundableSale } from "./refundable.ts";

/** Which sale is meant: an order, or an invoice of a subscription. */
export type SaleName = { readonly orderId: string } | { readonly invoiceId: string };

async function orderAsSale(db: Database, orderId: string): Promise<RefundableSale | undefined> {
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
    // What a subscription began with was paid by its first invoice, and goes back by that.
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

async function invoiceAsSale(db: Database, invoiceId: string): Promise<RefundableSale | undefined> {
  const [invoice] = await db
    .select()
    .from(subscriptionInvoices)
    .where(eq(subscriptionInvoices.id, invoiceId));
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
  const [subscription, all] = await Promise.all([
    findSubscription(db, subscriptionId),
    invoicesOf(db, subscriptionId),
  ]);
  return {
    id,
    userId,
    currency,
    paymentIntentId: invoice.stripePaymentIntentId,
    paidMinor,
    refundedMinor,
    disputed,
    creditedMinor: creditedOf(all).get(id) ?? 0,
    isRunning: subscription !== undefined && isLive(subscription),
    paidAt: paidAt ?? createdAt,
    updatedAt,
  };
}

/** A sale as it is known here; undefined when there is none of that id. */
export const findSale = (db: Database, name: SaleName): Promise<RefundableSale | undefined> =>
  "orderId" in name ? orderAsSale(db, name.orderId) : invoiceAsSale(db, name.invoiceId);
