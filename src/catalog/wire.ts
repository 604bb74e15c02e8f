import { z } from "zod";
import { count, credits, currency, minor, named, time } from "../http/answer-fields.ts";
import { ALLOWANCE_PERIODS, METERS } from "../meters.ts";
import { INTERVALS } from "../time.ts";
import { localTextsView } from "./local-texts.ts";
import { MODEL_KINDS } from "./model-kinds.ts";
import { PLAN_KINDS } from "./tables.ts";

const text = z.string().nullable();

/** The allowances of a plan, by meter. */
export const allowancesView = z.partialRecord(
  z.enum(METERS),
  z.strictObject({
    limit: count.nullable().describe("Null: unlimited."),
    period: z.enum(ALLOWANCE_PERIODS),
    overage: z
      .strictObject({ eventName: z.string(), limit: count.nullable() })
      .optional()
      .describe("Usage beyond the limit is allowed, and billed."),
  }),
);

const priceView = named("Price", {
  id: z.string(),
  currency,
  interval: z.enum(INTERVALS).nullable().describe("Null for a one-time price."),
  amountMinor: minor,
  stripePriceId: text,
  overageAmountMinor: text.describe("The price of each unit beyond the allowance."),
  meteredStripePriceId: text,
});

/** A plan. */
export const planView = named("Plan", {
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  names: localTextsView.describe("The name in other languages."),
  kind: z.enum(PLAN_KINDS),
  price: z.number().nullable().describe("The first price, as a decimal."),
  credits,
  creditsExpireAfterDays: count.nullable(),
  stripeKey: text,
  isActive: z.boolean(),
  prices: z.array(priceView),
  allowances: allowancesView,
  models: z.array(z.string()).nullable().describe("Null: all models."),
  features: z.array(z.string()),
  featureNames: z
    .record(z.string(), localTextsView)
    .describe("What readers see of features, by feature and language."),
  highlighted: z.boolean().describe("The pricing page recommends it."),
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

/** Prices beside those of input and output, in credits; absent where there are none. */
const morePricingShape = {
  cache_write_hour: credits.optional(),
  reasoning: credits.optional(),
  request: credits.optional().describe("For one request."),
  images: z
    .record(z.string(), credits)
    .optional()
    .describe("For one image, by quality and size. The first is the default."),
  characters: credits.optional().describe("Per million characters."),
  seconds: credits.optional().describe("Per million seconds."),
  tiers: z
    .array(
      z.strictObject({
        above_input_tokens: count,
        input: credits,
        cached_input: credits,
        cache_write: credits,
        output: credits,
      }),
    )
    .optional()
    .describe("Prices of every token of a prompt above that size."),
};

/** A model in OpenAI's shape, with the fields that Anthropic's clients read beside it. */
export const modelView = named("Model", {
  id: z.string(),
  canonical_slug: z.string().describe("As OpenRouter's clients read it, and `name`."),
  name: z.string(),
  description: z.string().describe("In English; empty if there is none."),
  object: z.literal("model"),
  type: z.literal("model").describe("As Anthropic's clients read it, and what follows."),
  display_name: z.string(),
  created_at: time,
  max_input_tokens: count,
  max_tokens: count.nullable(),
  created: count,
  owned_by: z.string(),
  kind: z.enum(MODEL_KINDS),
  architecture: z
    .strictObject({
      input_modalities: z.array(z.string()),
      output_modalities: z.array(z.string()),
      modality: z.string(),
    })
    .describe("What goes in and what comes out."),
  supported_parameters: z
    .array(z.string())
    .describe("The parameters that are passed on to the model. What it makes of them varies."),
  top_provider: z
    .strictObject({ context_length: count, max_completion_tokens: count.nullable() })
    .describe("As OpenRouter's clients read it: the limits of a request."),
  per_request_limits: z.null().describe("There are none beside those of `top_provider`."),
  context_length: count,
  max_output_tokens: count.nullable(),
  descriptions: localTextsView.describe("What the model is good at, by language."),
  pricing: z
    .strictObject({
      input: credits,
      cached_input: credits,
      cache_write: credits,
      output: credits,
      ...morePricingShape,
    })
    .describe("In credits per million tokens."),
});
export type ModelView = z.infer<typeof modelView>;

/** All models in OpenAI's shape, which has no pages: Anthropic's clients read that there is one. */
export const modelListView = z.strictObject({
  object: z.literal("list"),
  data: z.array(modelView),
  has_more: z.literal(false),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
});

/** A model with its upstream and that upstream's prices. */
const modelToAdminView = named("ModelToAdmin", {
  id: z.string(),
  aliases: z.array(z.string()).describe("Other names by which it may be asked for."),
  kind: z.enum(MODEL_KINDS),
  upstream: z.string().describe("That of the first of `upstreams`."),
  upstreamModel: z.string(),
  upstreams: z
    .array(
      z.strictObject({
        upstream: z.string(),
        upstreamModel: z.string(),
        weight: count
          .nullable()
          .describe("Neighbours with a weight share the first request by it."),
      }),
    )
    .describe("Tried in this order."),
  inputPrice: credits.describe("Per million tokens, as all prices."),
  cachedInputPrice: credits.nullable(),
  cacheWritePrice: credits.nullable(),
  outputPrice: credits,
  cacheWriteHourPrice: credits.nullable(),
  reasoningPrice: credits.nullable(),
  requestPrice: credits.nullable().describe("For one request."),
  imagePrices: z
    .record(z.string(), credits)
    .nullable()
    .describe("For one image, by quality and size."),
  characterPrice: credits.nullable(),
  secondPrice: credits.nullable(),
  priceTiers: z.array(
    z.strictObject({
      aboveInputTokens: count,
      inputPrice: credits,
      cachedInputPrice: credits.nullable(),
      cacheWritePrice: credits.nullable(),
      cacheWriteHourPrice: credits.nullable(),
      outputPrice: credits,
      reasoningPrice: credits.nullable(),
    }),
  ),
  descriptions: localTextsView,
  contextLength: count,
  maxOutputTokens: count.nullable(),
  reasoning: z.boolean().describe("Whether it reasons without showing it in the reply."),
  imageTokens: count
    .nullable()
    .describe("The most tokens that a picture takes. Null: what the upstream's setting says."),
  lowDetailImageTokens: count.nullable().describe('The same with `detail: "low"`.'),
  upstreamCost: z
    .strictObject({
      currency,
      input: z.number(),
      cachedInput: z.number().nullable(),
      cacheWrite: z.number().nullable(),
      cacheWriteHour: z.number().nullable(),
      output: z.number(),
      reasoning: z.number().nullable(),
      request: z.number().nullable().describe("For one request."),
      images: z
        .record(z.string(), z.number())
        .nullable()
        .describe("For one image, by quality and size."),
      character: z.number().nullable().describe("For a million characters."),
      second: z.number().nullable().describe("For a million seconds."),
      tiers: z.array(
        z.strictObject({
          aboveInputTokens: count,
          input: z.number(),
          cachedInput: z.number().nullable(),
          cacheWrite: z.number().nullable(),
          cacheWriteHour: z.number().nullable(),
          output: z.number(),
          reasoning: z.number().nullable(),
        }),
      ),
    })
    .nullable()
    .describe(
      "What the operator pays the model provider, in the currency's major unit, per million " +
        "tokens unless it says otherwise.",
    ),
  isActive: z.boolean(),
  createdAt: time,
});
export type ModelToAdminView = z.infer<typeof modelToAdminView>;

/** A model as an admin reads it, with the first price that is below its cost. */
export const guardedModelView = named("GuardedModel", {
  ...modelToAdminView.shape,
  belowCost: z
    .strictObject({
      field: z.string(),
      price: credits,
      cost: z.number().describe("In the currency's major unit."),
      currency,
    })
    .nullable()
    .describe("A price that is worth less than what the model provider takes for the same."),
});
export type GuardedModelView = z.infer<typeof guardedModelView>;
