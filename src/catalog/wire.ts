import { z } from "zod";
import { count, credits, currency, minor, named, time } from "../http/answer-fields.ts";
import { ALLOWANCE_PERIODS, METERS } from "../meters.ts";
import { INTERVALS } from "../time.ts";
import { PLAN_KINDS } from "./tables.ts";

const text = z.string().nullable();

/** The allowances of a plan, by meter. */
export const allowancesView = z.partialRecord(
  z.enum(METERS),
  z.strictObject({
    limit: count.nullable().describe("Null is no limit."),
    period: z.enum(ALLOWANCE_PERIODS),
    overage: z
      .strictObject({ eventName: z.string(), limit: count.nullable() })
      .optional()
      .describe("Use past the limit is let through, and billed."),
  }),
);

const priceView = named("Price", {
  id: z.string(),
  currency,
  interval: z.enum(INTERVALS).nullable().describe("Null is paid once."),
  amountMinor: minor,
  stripePriceId: text,
  overageAmountMinor: text.describe("What each unit past the allowance costs."),
  meteredStripePriceId: text,
});

/** A plan. */
export const planView = named("Plan", {
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  kind: z.enum(PLAN_KINDS),
  price: z.number().nullable().describe("The first price, as a decimal."),
  credits,
  creditsExpireAfterDays: count.nullable(),
  stripeKey: text,
  isActive: z.boolean(),
  prices: z.array(priceView),
  allowances: allowancesView,
  models: z.array(z.string()).nullable().describe("Null is all."),
  features: z.array(z.string()),
  requestsPerMinute: count,
  trialDays: count,
  unlocks: text,
});
export type PlanView = z.infer<typeof planView>;

/** A plan with the fields that only the operator needs. */
export const planToAdminView = named("PlanToAdmin", {
  ...planView.shape,
  sortOrder: count,
  version: count,
  stripeProductId: text,
  createdAt: time,
  updatedAt: time,
});
export type PlanToAdminView = z.infer<typeof planToAdminView>;

/** A model in OpenAI's shape. */
export const modelView = named("Model", {
  id: z.string(),
  object: z.literal("model"),
  created: count,
  owned_by: z.string(),
  context_length: count,
  max_output_tokens: count.nullable(),
  pricing: z
    .strictObject({ input: credits, cached_input: credits, cache_write: credits, output: credits })
    .describe("In credits per million tokens."),
});
export type ModelView = z.infer<typeof modelView>;

/** All models in OpenAI's shape, which has no pages. */
export const modelListView = z.strictObject({
  object: z.literal("list"),
  data: z.array(modelView),
});

/** A model with its upstream and that upstream's prices. */
export const modelToAdminView = named("ModelToAdmin", {
  id: z.string(),
  upstream: z.string(),
  upstreamModel: z.string(),
  inputPrice: credits.describe("As all prices: per million tokens."),
  cachedInputPrice: credits.nullable(),
  cacheWritePrice: credits.nullable(),
  outputPrice: credits,
  contextLength: count,
  maxOutputTokens: count.nullable(),
  reasoning: z.boolean().describe("Whether it thinks without its thoughts being in the reply."),
  upstreamCost: z
    .strictObject({
      currency,
      input: z.number(),
      cachedInput: z.number().nullable(),
      output: z.number(),
    })
    .nullable()
    .describe(
      "What the operator pays the model's seller for a million tokens, " +
        "in the currency's major unit.",
    ),
  isActive: z.boolean(),
  createdAt: time,
});
export type ModelToAdminView = z.infer<typeof modelToAdminView>;
