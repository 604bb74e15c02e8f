import { z } from "zod";
import { allowancesView } from "../../catalog/index.ts";
import { count, credits, currency, minor, named, time } from "../../http/answer-fields.ts";
import { INTERVALS } from "../../time.ts";

const text = z.string().nullable();
const interval = z.enum(INTERVALS).nullable();

/** A subscription, or the plan of a user who has none. */
export const subscriptionView = named("Subscription", {
  id: text,
  userId: z.string(),
  status: z.string().describe("Stripe's; `free` or `none` where there is no subscription."),
  planId: z.string(),
  plan: z.strictObject({ id: z.string(), slug: text, name: z.string(), credits }),
  priceId: text,
  productId: text.describe("The plan's, at Stripe."),
  stripeCustomerId: text,
  stripeSubscriptionId: text,
  interval,
  amountMinor: minor.nullable(),
  currency: text,
  quantity: count,
  currentPeriodStart: time.nullable(),
  currentPeriodEnd: time.nullable(),
  trialEnd: time.nullable(),
  cancelAtPeriodEnd: z.boolean(),
  cancelAt: time.nullable(),
  canceledAt: time.nullable(),
  endedAt: time.nullable(),
  pastDueSince: time.nullable(),
  graceEndsAt: time
    .nullable()
    .describe("Until when the plan stays in force although a payment is missing."),
  allowances: allowancesView,
  messageLimit: count.nullable(),
  agentLimit: count.nullable(),
  models: z.array(z.string()).nullable(),
  features: z.array(z.string()),
  createdAt: time.nullable(),
  updatedAt: time.nullable(),
});
export type SubscriptionView = z.infer<typeof subscriptionView>;

/** A subscription that has just begun. */
export const newSubscriptionView = named("NewSubscription", {
  ...subscriptionView.shape,
  clientSecret: text.describe("Of a payment that the buyer still has to confirm."),
});
export type NewSubscriptionView = z.infer<typeof newSubscriptionView>;

/** The cost of a change, and the credits that it gives or takes. */
const changePreviewView = named("SubscriptionPreview", {
  preview: z.literal(true),
  planId: z.string(),
  plan: z.strictObject({ id: z.string(), name: z.string() }),
  interval,
  quantity: count,
  currency,
  lines: z.array(
    z.strictObject({ description: text, amountMinor: minor, periodStart: time, periodEnd: time }),
  ),
  /** Below 0: credited to the customer's balance, which pays the next invoices. */
  totalMinor: minor,
  amountDueMinor: minor,
  credits: credits.describe("What the change gives, or below 0 takes."),
});
export type ChangePreviewView = z.infer<typeof changePreviewView>;

/** The answer to a change: the subscription after it, or its preview. */
export const subscriptionChangeView = z.union([subscriptionView, changePreviewView]);

/** A page of Stripe's customer portal. */
export const portalPageView = named("Page", { url: z.string() });
export type PortalPageView = z.infer<typeof portalPageView>;
