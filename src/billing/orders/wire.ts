import { z } from "zod";
import { amount, count, credits, currency, minor, named, time } from "../../http/answer-fields.ts";
import { ORDER_KINDS, ORDER_STATUSES, SESSION_STATUSES } from "../tables.ts";

const text = z.string().nullable();
const soldPlan = z.strictObject({ id: text, name: z.string(), credits });
const money = { amount, amountMinor: minor, currency };

/** An order as the wire shows it. `credits` is the total over its quantity. */
export const orderView = named("Order", {
  id: z.string(),
  userId: z.string(),
  kind: z.enum(ORDER_KINDS),
  title: z.string(),
  planId: text,
  plan: soldPlan.nullable(),
  subjectId: text.describe("The conversation or agent sold."),
  stripeSessionId: text.describe("The Stripe checkout session ID (cs_…)."),
  quantity: count,
  credits,
  ...money,
  paidMinor: minor.nullable(),
  refundedMinor: minor,
  status: z.enum(ORDER_STATUSES),
  failureReason: text,
  createdAt: time,
  completedAt: time.nullable(),
});
export type OrderView = z.infer<typeof orderView>;

/** A checkout session as the wire shows it. `plan` is the plan as it was when it was offered. */
export const checkoutSessionView = named("CheckoutSession", {
  id: z.string(),
  orderId: z.string(),
  userId: z.string(),
  planId: text,
  plan: soldPlan,
  stripeId: text,
  ...money,
  status: z.enum(SESSION_STATUSES),
  url: text.describe("The checkout page. Null when it can no longer be paid."),
  processedAt: time.nullable(),
  createdAt: time,
});
export type CheckoutSessionView = z.infer<typeof checkoutSessionView>;

/** The API key that an order came with, as its owner sees it once. */
export const orderKeyView = named("OrderKey", {
  orderId: z.string(),
  keyId: z.string(),
  name: z.string(),
  key: z.string().describe("Shown this once."),
});
export type OrderKeyView = z.infer<typeof orderKeyView>;

/** A refund, as a receipt lists it. `status` is Stripe's. */
export const refundLine = z.strictObject({
  id: z.string(),
  amountMinor: minor,
  status: text,
  createdAt: time,
});

/** Stripe's records of what was paid for an order. */
export const receiptView = named("Receipt", {
  orderId: z.string(),
  url: text.describe("Stripe's page with the receipt; null where nothing was due."),
  currency,
  subtotalMinor: minor,
  discountMinor: minor,
  taxMinor: minor,
  totalMinor: minor,
  invoice: z
    .strictObject({ id: z.string(), number: text, url: text, pdf: text })
    .nullable()
    .describe("The invoice for a one-time sale, where Stripe created one."),
  refunds: z.array(refundLine),
});
export type ReceiptView = z.infer<typeof receiptView>;
