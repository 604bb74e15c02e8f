import { z } from "zod";
import { ORDER_KINDS, ORDER_STATUSES } from "../../billing/index.ts";
import {
  amount,
  count,
  credits,
  currency,
  list,
  minor,
  named,
  time,
} from "../../http/answer-fields.ts";
import { METERS, PERIODS } from "../../meters.ts";

const interval = z.enum(["day", "week", "month", "year"]);
const text = z.string().nullable();

const allowances = z.partialRecord(
  z.enum(METERS),
  z.strictObject({
    limit: count.nullable().describe("Null is no limit."),
    period: z.enum(PERIODS),
    overage: z
      .strictObject({ eventName: z.string(), limit: count.nullable() })
      .optional()
      .describe("Use past the limit is let through, and billed."),
  }),
);

const price = named("Price", {
  id: z.string(),
  currency,
  interval: interval.nullable().describe("Null is paid once."),
  amountMinor: minor,
  stripePriceId: text,
  overageAmountMinor: text.describe("What each unit past the allowance costs."),
  meteredStripePriceId: text,
});

export const planShape = {
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  kind: z.enum(["free", "subscription", "one_time", "custom"]),
  price: z.number().nullable().describe("The first price, as a decimal."),
  credits,
  creditsExpireAfterDays: count.nullable(),
  stripeKey: text,
  isActive: z.boolean(),
  prices: z.array(price),
  allowances,
  models: z.array(z.string()).nullable().describe("Null is all."),
  features: z.array(z.string()),
  requestsPerMinute: count,
  trialDays: count,
  unlocks: text,
};
export const plan = named("Plan", planShape);

export const model = named("Model", {
  id: z.string(),
  object: z.literal("model"),
  created: count,
  owned_by: z.string(),
  context_length: count,
  max_output_tokens: count.nullable(),
  pricing: z
    .strictObject({ input: credits, cached_input: credits, output: credits })
    .describe("In credits per million tokens."),
});
export const models = z.strictObject({ object: z.literal("list"), data: z.array(model) });

const soldPlan = z.strictObject({ id: text, name: z.string(), credits });
const money = { amount, amountMinor: minor, currency };

export const checkoutPage = named("CheckoutPage", {
  url: z.string(),
  sessionId: text,
  stripeSessionId: text,
});

export const checkoutSession = named("CheckoutSession", {
  id: z.string(),
  orderId: z.string(),
  userId: z.string(),
  planId: text,
  plan: soldPlan,
  stripeId: text,
  ...money,
  status: z.enum(["pending", "processing", "succeeded", "failed", "canceled"]),
  url: text.describe("While one can pay there."),
  processedAt: time.nullable(),
  createdAt: time,
});

export const orderShape = {
  id: z.string(),
  userId: z.string(),
  kind: z.enum(ORDER_KINDS),
  title: z.string(),
  planId: text,
  plan: soldPlan.nullable(),
  subjectId: text.describe("The conversation or agent that was sold."),
  quantity: count,
  credits,
  ...money,
  paidMinor: minor.nullable(),
  refundedMinor: minor,
  status: z.enum(ORDER_STATUSES),
  failureReason: text,
  createdAt: time,
  completedAt: time.nullable(),
};
export const order = named("Order", orderShape);

export const customer = named("Customer", {
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

export const paymentMethod = named("PaymentMethod", {
  id: z.string(),
  type: z.string(),
  brand: text,
  last4: text,
  expMonth: count.nullable(),
  expYear: count.nullable(),
  isDefault: z.boolean(),
  createdAt: time,
});

export const paymentIntent = named("PaymentIntent", {
  id: z.string(),
  orderId: z.string(),
  clientSecret: text.describe("For the buyer alone."),
  publishableKey: text,
  amountMinor: minor,
  currency,
  status: z.string(),
  nextAction: z.strictObject({ type: z.string(), redirectUrl: text }).nullable(),
});

export const invoicePage = list(
  named("Invoice", {
    id: z.string(),
    number: text,
    status: text,
    currency,
    amountMinor: minor,
    amountDueMinor: minor,
    amountPaidMinor: minor,
    subscriptionId: text,
    hostedInvoiceUrl: text,
    invoicePdf: text,
    createdAt: time,
    paidAt: time.nullable(),
  }),
);

export const paymentPage = list(
  named("Payment", {
    id: z.string(),
    type: z.enum(["order", "invoice"]),
    kind: z.enum(ORDER_KINDS),
    title: z.string(),
    status: z.string(),
    ...money,
    paidMinor: minor,
    refundedMinor: minor,
    createdAt: time,
    paidAt: time.nullable(),
  }),
);

export const refund = named("Refund", {
  id: z.string(),
  orderId: z.string().optional(),
  invoiceId: z.string().optional(),
  amountMinor: minor,
  currency,
  status: text,
  reason: text,
  createdAt: time,
});
