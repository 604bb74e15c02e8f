import type { Database } from "../../db.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { toCredits } from "../../units.ts";
import { findInvoice } from "../subscriptions/find-invoice.ts";
import {
  findSubscription,
  listSubscriptionInvoices,
  type Subscription,
  type SubscriptionInvoice,
} from "../subscriptions/store.ts";
import type { InvoiceToAdminView, SubscriptionToAdminView } from "./wire.ts";

const showInvoice = (invoice: SubscriptionInvoice): InvoiceToAdminView => ({
  id: invoice.id,
  userId: invoice.userId,
  subscriptionId: invoice.subscriptionId,
  title: invoice.title,
  status: invoice.status,
  currency: invoice.currency,
  totalMinor: invoice.totalMinor,
  paidMinor: invoice.paidMinor,
  refundedMinor: invoice.refundedMinor,
  disputed: invoice.disputed,
  credits: toCredits(invoice.creditsMicrocredits),
  stripePaymentIntentId: invoice.stripePaymentIntentId,
  periodStart: toIso(invoice.periodStart),
  periodEnd: toIso(invoice.periodEnd),
  createdAt: toIso(invoice.createdAt),
  paidAt: toIsoOrNull(invoice.paidAt),
});

const showSubscription = (
  subscription: Subscription,
  invoices: readonly SubscriptionInvoice[],
): SubscriptionToAdminView => ({
  id: subscription.id,
  userId: subscription.userId,
  planId: subscription.planId,
  status: subscription.status,
  quantity: subscription.quantity,
  currency: subscription.currency,
  currentPeriodStart: toIso(subscription.currentPeriodStart),
  currentPeriodEnd: toIso(subscription.currentPeriodEnd),
  trialEnd: toIsoOrNull(subscription.trialEnd),
  cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
  canceledAt: toIsoOrNull(subscription.canceledAt),
  endedAt: toIsoOrNull(subscription.endedAt),
  pastDueSince: toIsoOrNull(subscription.pastDueSince),
  createdAt: toIso(subscription.createdAt),
  invoices: invoices.toSorted((a, b) => b.createdAt - a.createdAt).map(showInvoice),
});

/** Finds a subscription with its invoices, newest first, as an admin sees it. */
export async function loadSubscriptionToAdmin(
  db: Database,
  id: string,
): Promise<SubscriptionToAdminView | undefined> {
  const [subscription, invoices] = await Promise.all([
    findSubscription(db, id),
    listSubscriptionInvoices(db, id),
  ]);
  return subscription && showSubscription(subscription, invoices);
}

/** Finds an invoice of a subscription as an admin sees it. */
export async function loadInvoiceToAdmin(
  db: Database,
  id: string,
): Promise<InvoiceToAdminView | undefined> {
  const invoice = await findInvoice(db, id);
  return invoice && showInvoice(invoice);
}
