import { z } from "zod";
import { count, credits, currency, minor, named } from "../../http/answer-fields.ts";
import { METERS, PERIODS } from "../../meters.ts";

const interval = z.enum(["day", "week", "month", "year"]);
const text = z.string().nullable();

const allowances = z.partialRecord(
  z.enum(METERS),
  z.strictObject({
    limit: count.nullable().describe("Null is no limit."),
    period: z.enum(PERIODS),
    overage: z
      .strictObject({ eventName: z.string(), limit: count.nullable() })
      .optional()
      .describe("Use past the limit is let through, and billed."),
  }),
);

const price = named("Price", {
  id: z.string(),
  currency,
  interval: interval.nullable().describe("Null is paid once."),
  amountMinor: minor,
  stripePriceId: text,
  overageAmountMinor: text.describe("What each unit past the allowance costs."),
  meteredStripePriceId: text,
});

export const planShape = {
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  kind: z.enum(["free", "subscription", "one_time", "custom"]),
  price: z.number().nullable().describe("The first price, as a decimal."),
  credits,
  creditsExpireAfterDays: count.nullable(),
  stripeKey: text,
  isActive: z.boolean(),
  prices: z.array(price),
  allowances,
  models: z.array(z.string()).nullable().describe("Null is all."),
  features: z.array(z.string()),
  requestsPerMinute: count,
  trialDays: count,
  unlocks: text,
};
export const plan = named("Plan", planShape);

export const model = named("Model", {
  id: z.string(),
  object: z.literal("model"),
  created: count,
  owned_by: z.string(),
  context_length: count,
  max_output_tokens: count.nullable(),
  pricing: z
    .strictObject({ input: credits, cached_input: credits, output: credits })
    .describe("In credits per million tokens."),
});
export const models = z.strictObject({ object: z.literal("list"), data: z.array(model) });

export const checkoutPage = named("CheckoutPage", {
  url: z.string(),
  sessionId: text,
  stripeSessionId: text,
});
