import { z } from "zod";
import { CHAT_ENDINGS, type Task, type UnitKind } from "../account/index.ts";
import { count, credits, day, list, meterShape, named, time } from "../http/answer-fields.ts";
import { METERS } from "../meters.ts";

export const grantView = named("Grant", {
  id: z.string(),
  reason: z.string(),
  saleId: z.string().nullable().describe("The order or invoice that paid for it."),
  amount: credits,
  remaining: credits,
  expired: credits,
  voided: credits.describe("Deducted, because its payment was reversed."),
  frozen: z.boolean().describe("Frozen while its payment is disputed."),
  priority: z.int().describe("Lower is spent first."),
  createdAt: time.nullable(),
  effectiveAt: time.nullable(),
  expiresAt: time.nullable(),
});
export type GrantView = z.infer<typeof grantView>;

export const featureView = named("Feature", { name: z.string(), included: z.boolean() });

const balanceShape = {
  posted: credits.describe("Below 0 is a debt."),
  held: credits.describe("Set aside for chats under way."),
  frozen: credits.describe("Cannot be spent while a bank disputes the payment for them."),
  available: credits.describe("posted − held − frozen"),
};
export const balanceView = named("Balance", balanceShape);
export const creditBalanceView = named("CreditBalance", {
  ...balanceShape,
  granted: credits,
  used: credits,
  expired: credits,
  voided: credits,
});
export type CreditBalanceView = z.infer<typeof creditBalanceView>;

export const usageShape = {
  messages: count,
  agents: count.describe("The user's current agents, whether or not the plan limits them."),
  meters: z.partialRecord(z.enum(METERS), named("Meter", meterShape)),
  credits: z.strictObject({
    ...balanceShape,
    expiring: z.array(grantView).describe("Soonest first."),
  }),
};
export type UsageSummary = z.infer<z.ZodObject<typeof usageShape>>;
export const usageView = named("Usage", {
  ...usageShape,
  includedModels: z
    .array(z.string())
    .describe("The models whose chats the plan pays for. Credits pay for chats with any model."),
});

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

const seriesTotals = {
  messages: count.describe("Chats that got a reply."),
  errors: count.describe("Chats that failed or expired."),
  inputTokens: count,
  outputTokens: count,
  credits,
  latencyMs: count.nullable().describe("The average per message. Null without messages."),
};
const seriesTotalsView = named("UsageTotals", seriesTotals);
export type SeriesTotalsView = z.infer<typeof seriesTotalsView>;
export const usageSeriesView = named("UsageSeries", {
  from: time,
  to: time.describe("The end of the last interval. It may be in the future."),
  bucket: z.enum(["hour", "day"]),
  points: z
    .array(
      z.strictObject({
        at: time.describe("The start of the interval."),
        model: z.string().nullable().describe("Null when grouped by key."),
        key: z
          .strictObject({ id: z.string(), name: z.string().nullable() })
          .nullable()
          .describe("Null when grouped by model, and for chats without a key."),
        ...seriesTotals,
      }),
    )
    .describe("Oldest first. Intervals without chats are left out."),
  totals: seriesTotalsView,
  previous: seriesTotalsView
    .nullable()
    .describe("The same for the preceding period of equal length. Null unless requested."),
});
export type UsageSeriesView = z.infer<typeof usageSeriesView>;

const TASKS = [
  "embedding",
  "image",
  "speech",
  "transcription",
  "moderation",
] as const satisfies readonly Task[];

const UNIT_KINDS = ["image", "character", "second"] as const satisfies readonly UnitKind[];

const unitsShape = {
  kind: z.enum(UNIT_KINDS),
  variant: z.string().optional().describe("Quality and size of an image."),
  count,
};

export const chatView = named("Chat", {
  id: z.string(),
  createdAt: time,
  endedAt: time,
  model: z.string(),
  task: z.enum(TASKS).optional().describe("What the model was asked for. Absent for a chat."),
  key: z.strictObject({ id: z.string(), name: z.string().nullable() }).nullable(),
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  pricing: z
    .strictObject({ input: credits, cachedInput: credits, output: credits })
    .describe("The model's prices when the chat began, in credits per million tokens."),
  units: z
    .strictObject({ ...unitsShape, price: credits.describe("Per million.") })
    .optional()
    .describe("What was charged beside tokens."),
  requestPrice: credits.optional().describe("Charged for the request itself."),
  estimated: z.boolean().describe("Estimated: the model provider didn't count the tokens."),
  cost: credits,
  payer: z
    .enum(["allowance", "credits", "overage"])
    .nullable()
    .describe("Null if there was no reply."),
  latencyMs: count,
  ending: z.enum(CHAT_ENDINGS),
});
export type ChatView = z.infer<typeof chatView>;

/** One chat, with who served it. */
export const chatDetailsView = named("ChatDetails", {
  ...chatView.shape,
  firstByteMs: count
    .nullable()
    .describe("In milliseconds, until the model provider began to answer. Null if it didn't."),
  streamed: z.boolean().nullable().describe("Null for chats that ended before this was recorded."),
  upstream: z
    .string()
    .nullable()
    .describe("The model provider, where the operator shows it. Null otherwise."),
});
export type ChatDetailsView = z.infer<typeof chatDetailsView>;

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
      units: z.strictObject(unitsShape).optional().describe("What was charged beside tokens."),
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

const generation = z.strictObject({
  id: z.string(),
  model: z.string(),
  task: z.enum(["chat", ...TASKS]),
  created_at: time,
  ended_at: time,
  tokens_prompt: count,
  tokens_completion: count,
  native_tokens_prompt: count,
  native_tokens_completion: count,
  native_tokens_cached: count.describe("Read from a cache; part of the prompt."),
  native_tokens_cache_write: count.describe("Written to a cache; part of the prompt."),
  native_tokens_reasoning: count
    .nullable()
    .describe("Part of the completion. Null unless the model charges it apart."),
  units: count.nullable().describe("Images, characters or seconds that were charged."),
  estimated: z.boolean().describe("Estimated: the model provider didn't count the tokens."),
  usage: credits,
  total_cost: credits,
  payer: chatView.shape.payer,
  latency: count.describe("In milliseconds, to the end of the reply."),
  first_byte_latency: count
    .nullable()
    .describe("In milliseconds, until the model provider began to answer. Null if it didn't."),
  generation_time: count
    .nullable()
    .describe("In milliseconds, from the first byte to the end of the reply."),
  streamed: z.boolean().nullable().describe("Null for chats that ended before this was recorded."),
  provider_name: z
    .string()
    .nullable()
    .describe("The model provider, where the operator shows it. Null otherwise."),
  cancelled: z.boolean().describe("The client disconnected before the end."),
  ending: z.enum(CHAT_ENDINGS),
  api_key_id: z.string().nullable(),
});
export type Generation = z.infer<typeof generation>;
export const generationView = z.strictObject({ data: generation });
