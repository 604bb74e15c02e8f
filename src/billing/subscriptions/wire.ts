import { z } from "zod";
import { allowancesView, planView } from "../../catalog/index.ts";
import { count, credits, currency, minor, named, time } from "../../http/answer-fields.ts";
import { INTERVALS } from "../../time.ts";

/** The subject of a line of a change's invoice. */
const CHANGE_LINE_KINDS = ["unused_time", "plan", "overage", "other"] as const;

const text = z.string().nullable();
const interval = z.enum(INTERVALS).nullable();

/** A subscription, or the plan of a user who has none. */
export const subscriptionView = named("Subscription", {
  id: text,
  userId: z.string(),
  status: z.string().describe("Stripe's status, or `free` or `none` without a subscription."),
  planId: z.string(),
  plan: z.strictObject({
    id: z.string(),
    slug: text,
    name: z.string(),
    names: planView.shape.names,
    credits,
  }),
  priceId: text,
  productId: text.describe("The plan's Stripe price."),
  stripeCustomerId: text,
  stripeSubscriptionId: text,
  interval,
  amountMinor: minor.nullable(),
  currency: text,
  quantity: count,
  currentPeriodStart: time.nullable(),
  currentPeriodEnd: time.nullable(),
  trialEnd: time.nullable(),
  trialUsed: z
    .boolean()
    .describe("The user had a subscription: another one begins without a free trial."),
  cancelAtPeriodEnd: z.boolean(),
  cancelAt: time.nullable(),
  canceledAt: time.nullable(),
  endedAt: time.nullable(),
  pastDueSince: time.nullable(),
  graceEndsAt: time.nullable().describe("The end of the grace period after a failed payment."),
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
  clientSecret: text.describe("Set while the buyer must confirm a payment."),
});
export type NewSubscriptionView = z.infer<typeof newSubscriptionView>;

const planName = z.strictObject({ id: z.string(), name: z.string(), names: planView.shape.names });

/** The cost of a change, and the credits that it gives or takes. */
const changePreviewView = named("SubscriptionPreview", {
  preview: z.literal(true),
  planId: z.string(),
  plan: planName,
  interval,
  quantity: count,
  currency,
  amountMinor: minor.describe("The price of each period from then on, before taxes and discounts."),
  nextPaymentAt: time.describe("When that price is paid next."),
  endsTrial: z.boolean().describe("The free trial ends with the change."),
  from: z
    .strictObject({ plan: planName, interval, quantity: count, amountMinor: minor.nullable() })
    .describe("What the subscription has until then. A null amount is not known."),
  lines: z.array(
    z.strictObject({
      kind: z
        .enum(CHANGE_LINE_KINDS)
        .describe("Credit for unused time, time on a plan, extra usage, or anything else."),
      plan: planName.nullable().describe("The plan that the line is about, where it is known."),
      quantity: count.nullable(),
      description: text.describe("Stripe's own wording."),
      amountMinor: minor,
      periodStart: time,
      periodEnd: time,
    }),
  ),
  /** Below 0: credited to the customer's balance, which pays the next invoices. */
  totalMinor: minor,
  amountDueMinor: minor,
  credits: credits.describe("Credits the change adds; negative if it deducts them."),
});
export type ChangeLineKind = (typeof CHANGE_LINE_KINDS)[number];
export type ChangePreviewView = z.infer<typeof changePreviewView>;

/** The answer to a change: the subscription after it, or its preview. */
export const subscriptionChangeView = z.union([subscriptionView, changePreviewView]);

/** A page of Stripe's customer portal. */
export const portalPageView = named("Page", { url: z.string() });
export type PortalPageView = z.infer<typeof portalPageView>;
