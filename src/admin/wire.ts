import { z } from "zod";
import { ROLES } from "../auth/index.ts";
import { differenceView, ORDER_STATUSES } from "../billing/index.ts";
import { count, credits, currency, day, list, minor, named, time } from "../http/answer-fields.ts";
import { balanceView, usageShape } from "../usage/index.ts";

const text = z.string().nullable();

/** A user as an admin sees one in a list. */
export const userToAdminView = named("UserToAdmin", {
  id: z.string(),
  email: z.string(),
  name: text,
  role: z.enum(ROLES),
  planId: z.string(),
  assignedPlanId: text.describe("Agreed by hand."),
  firstPaidAt: time.nullable(),
  createdAt: time,
});
export type UserToAdminView = z.infer<typeof userToAdminView>;

/**
 * A user with their plan, their account (null while it is not open), and their subscriptions,
 * newest first.
 */
export const userDetailsView = named("WholeUser", {
  ...userToAdminView.shape,
  plan: z.strictObject({ id: z.string(), name: z.string() }),
  account: z.strictObject({ planId: z.string(), ...usageShape }).nullable(),
  subscriptions: z.array(
    z.strictObject({
      id: z.string(),
      planId: z.string(),
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
  id: text.describe("The grant's; null when credits were taken."),
  applied: z.boolean().describe("False when the same had been done before."),
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

/** An amount in the currency's major unit. */
const moneyView = z.strictObject({ currency, amount: z.number() });

/** The cost of a day's use of a model, and the margin that is left, where both are known. */
const marginView = z.strictObject({
  upstreamCost: z
    .strictObject({
      ...moneyView.shape,
      isEstimate: z.boolean().describe("Its price changed on that day."),
    })
    .nullable()
    .describe(
      "Null where no price is known of that day. Amounts are in the currency's major unit.",
    ),
  margin: moneyView
    .nullable()
    .describe(
      "Credits at what one is worth, less that cost: an estimate, " +
        "since what allowances paid is in no credits.",
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
  creditValue: moneyView.nullable().describe("What the operator says that a credit is worth."),
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
  topUsers: z.array(z.strictObject({ userId: z.string(), ...usageTotalsView.shape })),
});
export type UsageReportView = z.infer<typeof usageReportView>;

/** A page of the drift report, with the query that it answers. */
export const driftPageView = list(differenceView).extend({
  of: z.string(),
  from: day,
  to: day,
  checked: count,
});
export type DriftPageView = z.infer<typeof driftPageView>;

/** The result of repairing one subject of the drift report. */
export const driftRepairView = z.strictObject({ subjectId: z.string(), outcome: z.string() });
