import { z } from "zod";
import { auditEntryView } from "../audit/index.ts";
import { ROLES } from "../auth/index.ts";
import {
  differenceView,
  eventView,
  invoiceToAdminView,
  ORDER_STATUSES,
  orderToAdminView,
  refundPreviewView,
  subscriptionToAdminView,
} from "../billing/index.ts";
import { count, credits, currency, day, list, minor, named, time } from "../http/answer-fields.ts";
import { mailView } from "../mail/index.ts";
import { balanceView, usageShape } from "../usage/index.ts";

const text = z.string().nullable();

/** A user as other things name one. */
const userReferenceView = named("UserReference", {
  id: z.string(),
  email: z.string().describe("Empty for a customer of whom your backend told none."),
  name: text,
  externalId: text,
});
export type UserReferenceView = z.infer<typeof userReferenceView>;

const whose = userReferenceView.nullable().describe("Null for nobody, and for erased users.");

/** A user as an admin sees one in a list. */
const userToAdminView = named("UserToAdmin", {
  id: z.string(),
  email: z.string().describe("Empty for a customer of whom your backend told none."),
  name: text,
  externalId: text.describe("Your own backend's ID of the user."),
  role: z.enum(ROLES),
  planId: z.string(),
  planName: z.string(),
  assignedPlanId: text.describe("Assigned by an admin."),
  firstPaidAt: time.nullable(),
  suspendedAt: time.nullable(),
  suspensionReason: text.describe("Shown only to admins."),
  suspensionPending: z
    .boolean()
    .describe("Whether the account or Stripe may not have the latest suspension status yet."),
  createdAt: time,
});
export type UserToAdminView = z.infer<typeof userToAdminView>;

/** A user in the list, with what they pay, have and did last. */
export const listedUserView = named("ListedUser", {
  ...userToAdminView.shape,
  lastSeenAt: time.nullable().describe("By the sessions that still last."),
  subscription: z
    .strictObject({
      planId: z.string(),
      status: z.string(),
      monthlyMinor: minor.describe("By its list price. 0 during a trial."),
      currency,
    })
    .nullable(),
  credits: credits
    .nullable()
    .describe("To spend. Null unless `credits=true` asks for it, or while it cannot be read."),
});
export type ListedUserView = z.infer<typeof listedUserView>;

/** An order with its buyer. */
export const listedOrderView = named("ListedOrder", { ...orderToAdminView.shape, user: whose });
export type ListedOrderView = z.infer<typeof listedOrderView>;

/** An order with its buyer, and what a refund of it would take back. */
export const orderDetailsView = named("WholeOrder", {
  ...listedOrderView.shape,
  stripeCustomerId: text,
  refund: refundPreviewView,
});
export type OrderDetailsView = z.infer<typeof orderDetailsView>;

/** An invoice with its payer, and what a refund of it would take back. */
export const invoiceDetailsView = named("WholeInvoice", {
  ...invoiceToAdminView.shape,
  user: whose,
  stripeCustomerId: text,
  refund: refundPreviewView,
});
export type InvoiceDetailsView = z.infer<typeof invoiceDetailsView>;

/** A subscription with its user, and the name of its plan. */
export const subscriptionDetailsView = named("WholeSubscription", {
  ...subscriptionToAdminView.shape,
  planName: z.string(),
  user: whose,
  stripeCustomerId: text,
});
export type SubscriptionDetailsView = z.infer<typeof subscriptionDetailsView>;

/** An entry of the audit log, with the names of what it is about. */
export const listedAuditEntryView = named("ListedAuditEntry", {
  ...auditEntryView.shape,
  actor: z.strictObject({
    ...auditEntryView.shape.actor.shape,
    email: text.describe("The address of an actor who is a user."),
  }),
  subject: text.describe("The name of a plan or a sale, or the address of a user."),
  user: whose,
});
export type ListedAuditEntryView = z.infer<typeof listedAuditEntryView>;

/** An event of the inbox, with the sale or the customer that it is about. */
export const listedEventView = named("ListedEvent", {
  ...eventView.shape,
  about: z
    .strictObject({
      kind: z.enum(["order", "subscription", "invoice", "customer"]),
      id: z.string(),
      title: text,
      user: whose,
    })
    .nullable(),
});
export type ListedEventView = z.infer<typeof listedEventView>;

/** A mail with its recipient. */
export const listedMailView = named("ListedMail", { ...mailView.shape, user: whose });
export type ListedMailView = z.infer<typeof listedMailView>;

/** A thing that a search found. */
export const searchHitView = named("SearchHit", {
  kind: z.enum(["user", "order", "subscription", "invoice", "api_key", "event", "plan"]),
  id: z.string(),
  title: z.string(),
  status: text,
  user: whose,
});
export type SearchHitView = z.infer<typeof searchHitView>;

/**
 * A user with their plan, their account (null while it is not open), and their subscriptions,
 * newest first.
 */
export const userDetailsView = named("WholeUser", {
  ...userToAdminView.shape,
  plan: z.strictObject({ id: z.string(), name: z.string() }),
  account: z.strictObject({ planId: z.string(), ...usageShape }).nullable(),
  stripeCustomerId: text,
  lastSeenAt: time.nullable(),
  subscriptions: z.array(
    z.strictObject({
      id: z.string(),
      planId: z.string(),
      planName: z.string(),
      status: z.string(),
      quantity: count,
      currency,
      currentPeriodEnd: time,
      trialEnd: time.nullable(),
      cancelAtPeriodEnd: z.boolean(),
      endedAt: time.nullable(),
      createdAt: time,
    }),
  ),
});
export type UserDetailsView = z.infer<typeof userDetailsView>;

/** The result of granting or deducting credits. */
export const creditAdjustmentView = named("GivenCredits", {
  id: text.describe("The grant's expiry. Null for a deduction."),
  applied: z.boolean().describe("False if this adjustment had already been made."),
  credits,
  balance: balanceView,
});
export type CreditAdjustmentView = z.infer<typeof creditAdjustmentView>;

const usersByDay = z.array(z.strictObject({ day, users: count }));

/** The sales and revenue of a range of days. Money goes back on the day of the sale. */
export const revenueReportView = named("Revenue", {
  from: day,
  to: day,
  days: z.array(
    z.strictObject({
      day,
      currency,
      sales: count,
      salesMinor: minor,
      refundedMinor: minor,
      netMinor: minor,
    }),
  ),
  recurring: z.array(z.strictObject({ currency, subscriptions: count, monthlyMinor: minor })),
  activeUsers: count,
  activeUsersByDay: usersByDay,
  ordersByStatus: z.partialRecord(z.enum(ORDER_STATUSES), count),
});
export type RevenueReportView = z.infer<typeof revenueReportView>;

const rate = z.number().min(0).nullable().describe("From 0 to 1; null of nothing.");

/** The subscriptions and trials that began and ended in a range of days. */
export const subscriptionStatsView = named("SubscriptionStats", {
  from: day,
  to: day,
  subscriptions: z.strictObject({
    active: count.describe("At the end of the range, or now."),
    started: count.describe("Paid time began: at once, or at the end of a trial."),
    ended: count,
    churned: count.describe("The part of `ended` whose user had no other subscription."),
    churnRate: rate,
  }),
  trials: z.strictObject({
    started: count,
    ended: count,
    converted: count.describe("The part of `ended` that went on as a paid subscription."),
    conversionRate: rate,
  }),
});
export type SubscriptionStatsView = z.infer<typeof subscriptionStatsView>;

const namedUser = z.strictObject({
  id: z.string(),
  email: text.describe("Null while the user is being erased."),
  name: text,
});

/** The events, disputes and payments that need an operator. */
export const attentionView = named("Attention", {
  failedEvents: count.describe("Stripe's events that could not be handled, at most 100."),
  disputes: z
    .array(
      z.strictObject({
        id: z.string().describe("The order's or the invoice's."),
        kind: z.enum(["order", "invoice"]),
        user: namedUser,
        title: z.string(),
        currency,
        amountMinor: minor,
        evidenceDueAt: time.nullable().describe("Null where Stripe does not say."),
      }),
    )
    .describe("At most 10."),
  pastDue: z
    .array(z.strictObject({ id: z.string(), user: namedUser, planId: z.string(), since: time }))
    .describe("Subscriptions whose payment is missing, at most 10."),
});
export type AttentionView = z.infer<typeof attentionView>;

/** An amount in the currency's major unit. */
const moneyView = z.strictObject({ currency, amount: z.number() });

/** The cost of a day's use of a model, and the margin that is left, where both are known. */
const marginView = z.strictObject({
  upstreamCost: z
    .strictObject({
      ...moneyView.shape,
      isEstimate: z.boolean().describe("The model's price changed on this day."),
    })
    .nullable()
    .describe("Null if no price is known for the day. Amounts are in the currency's major unit."),
  margin: moneyView
    .nullable()
    .describe(
      "Credits at their value minus cost. An estimate: usage included in plans isn't " +
        "counted in credits.",
    ),
});
export type MarginView = z.infer<typeof marginView>;

const usageTotalsView = z.strictObject({
  requests: count,
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  credits,
});
export type UsageTotalsView = z.infer<typeof usageTotalsView>;

/** The usage of all users in a range of days, by day and model. */
export const usageReportView = named("UsageOfAll", {
  from: day,
  to: day,
  creditValue: moneyView.nullable().describe("The value of one credit, as set by the operator."),
  days: z.array(
    z.strictObject({
      day,
      model: z.string(),
      users: count,
      ...usageTotalsView.shape,
      ...marginView.shape,
    }),
  ),
  activeUsers: count,
  activeUsersByDay: usersByDay,
  topUsers: z.array(
    z.strictObject({
      userId: z.string(),
      email: text.describe("Null once the user is erased."),
      name: text,
      ...usageTotalsView.shape,
    }),
  ),
});
export type UsageReportView = z.infer<typeof usageReportView>;

/** What each upstream served in a range of days, with its cost and what that earned, by model. */
export const upstreamReportView = named("UpstreamsReport", {
  from: day,
  to: day,
  upstreams: z.array(
    z.strictObject({
      upstream: text.describe("Null for what was served before this was recorded."),
      model: z.string(),
      ...usageTotalsView.shape,
      earned: moneyView.nullable().describe("The credits at their value. Null without a value."),
      ...marginView.shape,
    }),
  ),
});
export type UpstreamReportView = z.infer<typeof upstreamReportView>;

const listedDifferenceView = named("ListedDifference", { ...differenceView.shape, user: whose });

/** A page of the drift report, with the query that it answers. */
export const driftPageView = list(listedDifferenceView).extend({
  of: z.string(),
  from: day,
  to: day,
  checked: count,
});
export type DriftPageView = z.infer<typeof driftPageView>;

/** The result of repairing one subject of the drift report. */
export const driftRepairView = z.strictObject({ subjectId: z.string(), outcome: z.string() });
