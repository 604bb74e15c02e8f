import { z } from "zod";
import { count, credits, currency, minor, named, time } from "../../http/answer-fields.ts";
import { orderView } from "../orders/wire.ts";

const text = z.string().nullable();

/** An order as an admin sees it: with the state of its money. */
export const orderToAdminView = named("OrderToAdmin", {
  ...orderView.shape,
  sellerId: text,
  sellerShareMinor: minor.nullable(),
  stripePaymentIntentId: text,
  stripeSubscriptionId: text,
  paidAt: time.nullable(),
  nextCheckAt: time.nullable(),
});
export type OrderToAdminView = z.infer<typeof orderToAdminView>;

/** An invoice of a subscription as an admin sees it, by our records. */
export const invoiceToAdminView = named("InvoiceToAdmin", {
  id: z.string(),
  userId: z.string(),
  subscriptionId: z.string(),
  title: z.string(),
  status: z.string(),
  currency,
  totalMinor: minor,
  paidMinor: minor,
  refundedMinor: minor,
  disputed: z.boolean(),
  credits,
  stripePaymentIntentId: text,
  periodStart: time,
  periodEnd: time,
  createdAt: time,
  paidAt: time.nullable(),
});
export type InvoiceToAdminView = z.infer<typeof invoiceToAdminView>;

/** A subscription as an admin sees it, by our records, with its invoices, newest first. */
export const subscriptionToAdminView = named("SubscriptionToAdmin", {
  id: z.string(),
  userId: z.string(),
  planId: z.string(),
  status: z.string(),
  quantity: count,
  currency,
  currentPeriodStart: time,
  currentPeriodEnd: time,
  trialEnd: time.nullable(),
  cancelAtPeriodEnd: z.boolean(),
  canceledAt: time.nullable(),
  endedAt: time.nullable(),
  pastDueSince: time.nullable(),
  createdAt: time,
  invoices: z.array(invoiceToAdminView),
});
export type SubscriptionToAdminView = z.infer<typeof subscriptionToAdminView>;
