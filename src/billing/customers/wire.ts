import { z } from "zod";
import {
  amount,
  count,
  currency,
  meterShape,
  minor,
  named,
  time,
} from "../../http/answer-fields.ts";
import { METERS } from "../../meters.ts";
import { refundLine } from "../orders/wire.ts";
import { ORDER_KINDS } from "../tables.ts";

const text = z.string().nullable();

/** A customer, as Stripe knows them. */
export const customerView = named("Customer", {
  userId: z.string(),
  stripeCustomerId: z.string(),
  email: text,
  name: text,
  phone: text,
  address: z
    .strictObject({
      line1: text,
      line2: text,
      city: text,
      state: text,
      postalCode: text,
      country: text,
    })
    .nullable(),
  defaultPaymentMethodId: text,
  createdAt: time,
});
export type CustomerView = z.infer<typeof customerView>;

/** A payment method: enough to recognize it, and no more. */
export const paymentMethodView = named("PaymentMethod", {
  id: z.string(),
  type: z.string(),
  brand: text,
  last4: text,
  expMonth: count.nullable(),
  expYear: count.nullable(),
  isDefault: z.boolean(),
  createdAt: time,
});
export type PaymentMethodView = z.infer<typeof paymentMethodView>;

/** The receipt for a payment method that was removed. */
export const removedView = z.strictObject({ success: z.literal(true) });

/** The fields of an invoice. `number`, the page and the PDF are null until it is finalized. */
const invoiceFields = {
  id: z.string(),
  number: text,
  status: text,
  currency,
  amountMinor: minor,
  amountDueMinor: minor,
  amountPaidMinor: minor,
  taxMinor: minor,
  subscriptionId: text,
  orderId: text.describe("The order, where it is the invoice for a one-time sale."),
  hostedInvoiceUrl: text,
  invoicePdf: text,
  createdAt: time,
  paidAt: time.nullable(),
};

/** An invoice at Stripe. */
export const invoiceView = named("Invoice", invoiceFields);
export type InvoiceView = z.infer<typeof invoiceView>;

/** One invoice of a subscription, with what became of its money. */
export const invoiceDetailView = named("InvoiceDetail", {
  ...invoiceFields,
  title: z.string(),
  subtotalMinor: minor,
  refundedMinor: minor,
  disputed: z.boolean(),
  periodStart: time,
  periodEnd: time,
  receiptUrl: text.describe("Stripe's page with the receipt, where it was paid by a card."),
  refunds: z.array(refundLine),
});
export type InvoiceDetailView = z.infer<typeof invoiceDetailView>;

/** An invoice of a subscription as it is recorded here, without a call to Stripe. */
export const recordedInvoiceView = z.strictObject({
  id: z.string(),
  subscriptionId: z.string(),
  title: z.string(),
  status: z.string(),
  currency,
  totalMinor: minor,
  paidMinor: minor,
  refundedMinor: minor,
  disputed: z.boolean(),
  periodStart: time,
  periodEnd: time,
  createdAt: time,
  paidAt: time.nullable(),
});
export type RecordedInvoiceView = z.infer<typeof recordedInvoiceView>;

/** A payment, made or tried: an order, or an invoice of a subscription. */
export const paymentView = named("Payment", {
  id: z.string(),
  type: z.enum(["order", "invoice"]),
  kind: z.enum(ORDER_KINDS),
  title: z.string(),
  status: z.string(),
  amount,
  amountMinor: minor,
  currency,
  paidMinor: minor,
  refundedMinor: minor,
  disputed: z.boolean().describe("Whether a bank is deciding about it."),
  createdAt: time,
  paidAt: time.nullable(),
});
export type PaymentView = z.infer<typeof paymentView>;

const limitShape = {
  ...meterShape,
  remaining: count.nullable().describe("Null: unlimited."),
};

const meterUsageView = z.strictObject(limitShape);
export type MeterUsageView = z.infer<typeof meterUsageView>;

/** A meter after something was used of it. */
export const trackedMeterView = named("TrackedMeter", { ...limitShape, meter: z.enum(METERS) });

/** The meters of a user's plan, with what is left of each. */
export const limitsView = named("Limits", {
  userId: z.string(),
  planId: z.string(),
  limits: z.partialRecord(z.enum(METERS), meterUsageView),
});
export type LimitsView = z.infer<typeof limitsView>;
