import { z } from "zod";
import { count, credits, currency, named, time } from "../../http/answer-fields.ts";
import { planShape } from "./sales.ts";

const text = z.string().nullable();

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
