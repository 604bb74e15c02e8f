import type { Database } from "../../db.ts";
import { findOrder, requestOrderCheck } from "../orders/store.ts";
import { findInvoice } from "../subscriptions/find-invoice.ts";
import {
  findSubscription,
  isLive,
  listSubscriptionInvoices,
  scheduleSubscriptionCheck,
} from "../subscriptions/store.ts";
import { creditedAmounts } from "./credited-amounts.ts";
import type { RefundableSale } from "./decide-refund.ts";
import type { SaleContent } from "./unused-amount.ts";

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
  const invoice = await findInvoice(db, invoiceId);
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

/**
 * Has the cron sync a sale from a time on, so that what is frozen for a refund does not stay so
 * where the refund is interrupted.
 */
export async function scheduleSaleCheck(
  db: Database,
  reference: SaleReference,
  atMs: number,
): Promise<void> {
  if ("orderId" in reference) return await requestOrderCheck(db, reference.orderId, atMs);
  const invoice = await findInvoice(db, reference.invoiceId);
  if (invoice !== undefined) await scheduleSubscriptionCheck(db, invoice.subscriptionId, atMs);
}

/**
 * Finds what a sale gave, for `freezeUnusedMinor`. A change of plan moves the money of an invoice,
 * and the credits with it, to later invoices of its subscription: their grants count as well.
 */
export async function findSaleContent(
  db: Database,
  reference: SaleReference,
): Promise<SaleContent | undefined> {
  if ("orderId" in reference) {
    const order = await findOrder(db, reference.orderId);
    return (
      order && {
        operationIds: order.creditsMicrocredits > 0 ? [`order:${order.id}`] : [],
        givesAccess: order.kind !== "plan" || order.givesPlan,
      }
    );
  }
  const invoice = await findInvoice(db, reference.invoiceId);
  if (invoice === undefined) return undefined;
  const invoices = await listSubscriptionInvoices(db, invoice.subscriptionId);
  const paidFor = invoices.filter(
    ({ createdAt, creditsMicrocredits, takenMicrocredits }) =>
      createdAt >= invoice.createdAt && creditsMicrocredits + takenMicrocredits > 0,
  );
  return { operationIds: paidFor.map(({ id }) => `invoice:${id}`), givesAccess: true };
}
