import { z } from "zod";
import { CHAT_ENDINGS, SCOPES } from "../../account/index.ts";
import { ROLES } from "../../auth/index.ts";
import { count, credits, day, list, named, time } from "../../http/answer-fields.ts";
import { METERS, PERIODS } from "../../meters.ts";

const role = z.enum(ROLES);
const period = z.enum(PERIODS);

export const user = named("User", {
  id: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  role,
  planId: z.string(),
  creditBalance: credits.describe("What can be spent now."),
  plan: z.strictObject({ id: z.string(), name: z.string(), credits }),
  createdAt: time,
});

const tokenPair = {
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: count.describe("In seconds."),
};
export const tokens = named("Tokens", tokenPair);
export const signedIn = named("SignedIn", { ...tokenPair, user });

const keyShape = {
  id: z.string(),
  prefix: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  models: z.array(z.string()).nullable().describe("Null is all."),
  budget: z.strictObject({ credits, period }).nullable(),
  spent: credits.describe("What counts against the budget now; without one, all."),
  totalSpent: credits,
  createdAt: time.nullable(),
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
};
export const apiKeys = z.strictObject({ keys: z.array(named("ApiKey", keyShape)) });
export const newApiKey = named("NewApiKey", {
  ...keyShape,
  key: z.string().describe("Shown this once."),
});

export const grant = named("Grant", {
  id: z.string(),
  reason: z.string(),
  amount: credits,
  remaining: credits,
  expired: credits,
  voided: credits.describe("Taken back, with its money."),
  frozen: z.boolean().describe("While a bank disputes its money, it cannot be spent."),
  priority: z.int().describe("Lower is spent first."),
  createdAt: time.nullable(),
  effectiveAt: time.nullable(),
  expiresAt: time.nullable(),
});

const balanceShape = {
  posted: credits.describe("Below 0 is a debt."),
  held: credits,
  available: credits.describe("posted − held"),
};
export const balance = named("Balance", balanceShape);
export const creditBalance = named("CreditBalance", {
  ...balanceShape,
  granted: credits,
  used: credits,
  expired: credits,
  voided: credits,
});

const meterShape = { used: count, limit: count.nullable(), period, resetsAt: time.nullable() };
const meterView = named("Meter", meterShape);

export const usageShape = {
  messages: count,
  agents: count,
  meters: z.partialRecord(z.enum(METERS), meterView),
  credits: z.strictObject({ ...balanceShape, expiring: z.array(grant).describe("Soonest first.") }),
};
export const usage = named("Usage", usageShape);

export const dailyUsage = named("DailyUsage", {
  from: day,
  to: day,
  days: z.array(
    z.strictObject({
      day,
      model: z.string(),
      requests: count,
      inputTokens: count,
      outputTokens: count,
      tokens: count,
      credits,
    }),
  ),
});

export const chatPage = list(
  named("Chat", {
    id: z.string(),
    createdAt: time,
    endedAt: time,
    model: z.string(),
    key: z.strictObject({ id: z.string(), name: z.string().nullable() }).nullable(),
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    estimated: z.boolean().describe("The model's seller did not count the tokens."),
    cost: credits,
    payer: z
      .enum(["allowance", "credits", "overage"])
      .nullable()
      .describe("Null: nothing was served."),
    latencyMs: count,
    ending: z.enum(CHAT_ENDINGS),
  }),
);

export const ledgerPage = list(
  named("Entry", {
    id: z.string(),
    kind: z.string(),
    amount: credits,
    balanceAfter: credits,
    createdAt: time.nullable(),
    description: z.string(),
    grantId: z.string().optional(),
    holdId: z.string().optional(),
    chat: z
      .strictObject({
        model: z.string(),
        inputTokens: count,
        outputTokens: count,
        estimated: z.boolean(),
        ending: z.enum(CHAT_ENDINGS),
      })
      .optional(),
  }),
);

export const openRouterCredits = z.strictObject({
  data: z.strictObject({ total_credits: credits, total_usage: credits }),
});
export const openRouterKey = z.strictObject({
  data: z.strictObject({
    label: z.string(),
    limit: credits.nullable(),
    limit_remaining: credits.nullable(),
    limit_reset: time.nullable(),
    usage: credits,
    usage_total: credits,
    expires_at: time.nullable(),
  }),
});

export const success = z.strictObject({ success: z.literal(true) });
