import { z } from "zod";
import { ROLES } from "../../auth/index.ts";
import { ORDER_STATUSES } from "../../billing/index.ts";
import {
  count,
  credits,
  currency,
  day,
  list,
  minor,
  named,
  time,
} from "../../http/answer-fields.ts";
import { orderShape, planShape } from "./sales.ts";
import { balance, usageShape } from "./users.ts";

const text = z.string().nullable();
const facts = z.record(z.string(), z.unknown());

const userShape = {
  id: z.string(),
  email: z.string(),
  name: text,
  role: z.enum(ROLES),
  planId: z.string(),
  assignedPlanId: text.describe("Agreed by hand."),
  firstPaidAt: time.nullable(),
  createdAt: time,
};
export const userPage = list(named("UserToAdmin", userShape));
export const userDetails = named("WholeUser", {
  ...userShape,
  plan: z.strictObject({ id: z.string(), name: z.string() }),
  account: z.strictObject({ planId: z.string(), ...usageShape }).nullable(),
  subscriptions: z.array(
    z.strictObject({
      id: z.string(),
      planId: z.string(),
      status: z.string(),
      quantity: count,
      currency,
      currentPeriodEnd: time.nullable(),
      trialEnd: time.nullable(),
      cancelAtPeriodEnd: z.boolean(),
      endedAt: time.nullable(),
      createdAt: time,
    }),
  ),
});
export const creditAdjustment = named("GivenCredits", {
  id: text.describe("The grant's; null when credits were taken."),
  applied: z.boolean().describe("False when the same had been done before."),
  credits,
  balance,
});

export const planToAdmin = named("PlanToAdmin", {
  ...planShape,
  sortOrder: count,
  version: count,
  stripeProductId: text,
  createdAt: time,
  updatedAt: time,
});
export const modelToAdmin = named("ModelToAdmin", {
  id: z.string(),
  upstream: z.string(),
  upstreamModel: z.string(),
  inputPrice: credits.describe("As all three prices: per million tokens."),
  cachedInputPrice: credits.nullable(),
  outputPrice: credits,
  contextLength: count,
  maxOutputTokens: count.nullable(),
  upstreamCost: z
    .strictObject({
      currency,
      input: z.number(),
      cachedInput: z.number().nullable(),
      output: z.number(),
    })
    .nullable()
    .describe(
      "What the operator pays the model's seller for a million tokens, in the currency's major unit.",
    ),
  isActive: z.boolean(),
  createdAt: time,
});
export const catalogPush = named("PushedCatalog", {
  changes: z.array(
    z.strictObject({
      slug: z.string(),
      object: z.enum(["product", "price", "meter"]),
      stripeId: z.string(),
      change: z.enum(["created", "updated", "archived"]),
    }),
  ),
  problems: z.array(z.strictObject({ slug: z.string(), message: z.string() })),
});

export const orderPage = list(
  named("OrderToAdmin", {
    ...orderShape,
    sellerId: text,
    sellerShareMinor: minor.nullable(),
    stripePaymentIntentId: text,
    stripeSubscriptionId: text,
    paidAt: time.nullable(),
    nextCheckAt: time.nullable(),
  }),
);

const money = { currency, amount: z.number() };
const totals = {
  requests: count,
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  credits,
};
export const usageReport = named("UsageOfAll", {
  from: day,
  to: day,
  creditValue: z
    .strictObject(money)
    .nullable()
    .describe("What the operator says that a credit is worth."),
  days: z.array(
    z.strictObject({
      day,
      model: z.string(),
      users: count,
      ...totals,
      upstreamCost: z
        .strictObject({
          ...money,
          isEstimate: z.boolean().describe("Its price changed on that day."),
        })
        .nullable()
        .describe(
          "Null where no price is known of that day. Amounts are in the currency's major unit.",
        ),
      margin: z
        .strictObject(money)
        .nullable()
        .describe(
          "Credits at what one is worth, less that cost: an estimate, since what allowances paid is in no credits.",
        ),
    }),
  ),
  activeUsers: count,
  activeUsersByDay: z.array(z.strictObject({ day, users: count })),
  topUsers: z.array(z.strictObject({ userId: z.string(), ...totals })),
});
export const revenueReport = named("Revenue", {
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
  activeUsersByDay: z.array(z.strictObject({ day, users: count })),
  ordersByStatus: z.partialRecord(z.enum(ORDER_STATUSES), count),
});

const fact = z.union([z.string(), z.number(), z.boolean(), z.null(), facts]);
const difference = named("Difference", {
  subjectId: z.string(),
  userId: text,
  what: z.string(),
  here: fact,
  atStripe: fact,
  heal: text.describe("The request that settles it."),
});
export const driftPage = list(difference).extend({
  of: z.string(),
  from: day,
  to: day,
  checked: count,
});
export const driftRepair = z.strictObject({ subjectId: z.string(), outcome: z.string() });

export const auditPage = list(
  named("AuditEntry", {
    id: z.string(),
    at: time,
    actor: z.strictObject({ kind: z.string(), id: text }),
    action: z.string(),
    subjectId: z.string(),
    userId: text,
    reason: text,
    before: facts.nullable(),
    after: facts.nullable(),
  }),
);
