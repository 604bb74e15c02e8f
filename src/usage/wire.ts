import { z } from "zod";
import { CHAT_ENDINGS } from "../account/index.ts";
import { count, credits, day, list, meterShape, named, time } from "../http/answer-fields.ts";
import { METERS } from "../meters.ts";

export const grantView = named("Grant", {
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
export type GrantView = z.infer<typeof grantView>;

export const featureView = named("Feature", { name: z.string(), included: z.boolean() });

const balanceShape = {
  posted: credits.describe("Below 0 is a debt."),
  held: credits,
  available: credits.describe("posted − held"),
};
export const balanceView = named("Balance", balanceShape);
const frozen = credits.describe("The part of `held` that a dispute freezes. Chats hold the rest.");
export const creditBalanceView = named("CreditBalance", {
  ...balanceShape,
  frozen,
  granted: credits,
  used: credits,
  expired: credits,
  voided: credits,
});
export type CreditBalanceView = z.infer<typeof creditBalanceView>;

export const usageShape = {
  messages: count,
  agents: count.describe("The agents that exist, whether the plan counts them or not."),
  meters: z.partialRecord(z.enum(METERS), named("Meter", meterShape)),
  credits: z.strictObject({
    ...balanceShape,
    frozen,
    expiring: z.array(grantView).describe("Soonest first."),
  }),
};
export const usageView = named("Usage", usageShape);
export type UsageView = z.infer<typeof usageView>;

const dailyRow = z.strictObject({
  day,
  model: z.string(),
  requests: count,
  inputTokens: count,
  outputTokens: count,
  tokens: count,
  credits,
});
export type DailyUsageView = z.infer<typeof dailyRow>;
export const dailyUsageView = named("DailyUsage", { from: day, to: day, days: z.array(dailyRow) });

export const chatView = named("Chat", {
  id: z.string(),
  createdAt: time,
  endedAt: time,
  model: z.string(),
  key: z.strictObject({ id: z.string(), name: z.string().nullable() }).nullable(),
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  estimated: z.boolean().describe("The model provider did not count the tokens."),
  cost: credits,
  payer: z
    .enum(["allowance", "credits", "overage"])
    .nullable()
    .describe("Null: nothing was served."),
  latencyMs: count,
  ending: z.enum(CHAT_ENDINGS),
});
export type ChatView = z.infer<typeof chatView>;

export const entryView = named("Entry", {
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
});
export type EntryView = z.infer<typeof entryView>;
export const ledgerView = list(entryView);

export const openRouterCreditsView = z.strictObject({
  data: z.strictObject({ total_credits: credits, total_usage: credits }),
});

const openRouterKey = z.strictObject({
  label: z.string(),
  limit: credits.nullable(),
  limit_remaining: credits.nullable(),
  limit_reset: time.nullable(),
  usage: credits,
  usage_total: credits,
  expires_at: time.nullable(),
});
export type OpenRouterKey = z.infer<typeof openRouterKey>;
export const openRouterKeyView = z.strictObject({ data: openRouterKey });
