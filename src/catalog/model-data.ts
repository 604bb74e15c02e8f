import { z } from "zod";
import { boundedText } from "../http/bounded.ts";
import { currencyField } from "../http/fields.ts";
import { toMicrocredits } from "../units.ts";
import { hasAtMostSixDecimals, modelId } from "./plan-data.ts";

/** The most models of a catalog: every isolate holds all active ones in memory. */
export const MAX_MODELS = 1000;

/** Credits per million tokens, as a person writes them. */
const price = z
  .number()
  .min(0)
  .max(1_000_000)
  .refine(hasAtMostSixDecimals, "has more than six decimals");

/** Money per million tokens, in the currency's major unit, as vendors' price lists have it. */
const costPrice = z
  .number()
  .min(0)
  .max(1_000_000)
  .refine(hasAtMostSixDecimals, "has more than six decimals");

/** The upstream's prices. For reports alone: no chat is priced by them. */
const upstreamCost = z.strictObject({
  currency: currencyField,
  input: costPrice,
  /** `null`: cached input costs what input costs. */
  cachedInput: costPrice.nullable().default(null),
  output: costPrice,
});

/** The fields of a model. */
const fields = {
  id: modelId,
  upstream: boundedText(100).min(1),
  upstreamModel: boundedText(200).min(1),
  inputPrice: price,
  /** `null`: cached input costs what input costs. */
  cachedInputPrice: price.nullable(),
  /** `null`: input that is written to a cache costs what input costs. */
  cacheWritePrice: price.nullable(),
  outputPrice: price,
  contextLength: z.int().min(1).max(100_000_000),
  /** `null`: as many as the context holds. */
  maxOutputTokens: z.int().min(1).nullable(),
  /** Whether it thinks without its thoughts being in the reply. */
  reasoning: z.boolean(),
  /** `null`: not known. */
  upstreamCost: upstreamCost.nullable(),
  isActive: z.boolean(),
};

/** The same fields with their defaults. */
const withDefaults = {
  ...fields,
  cachedInputPrice: fields.cachedInputPrice.default(null),
  cacheWritePrice: fields.cacheWritePrice.default(null),
  maxOutputTokens: fields.maxOutputTokens.default(null),
  reasoning: fields.reasoning.default(false),
  upstreamCost: fields.upstreamCost.default(null),
  isActive: fields.isActive.default(true),
};

/** Fields that are accepted and ignored, so that a model can be edited as shown and sent back. */
const echoedFields = { createdAt: boundedText(100).optional() };

/** A field that is wrong, and why. */
export interface ModelProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * Checks the rules between a model's fields. A price times a full context has to stay below 2^53 in
 * the unit in which prices are stored (microcredits for a million tokens), so that any chat costs
 * far less than 2^53 microcredits.
 * @returns the first problem, if any
 */
export function findModelProblem(model: Omit<ModelData, "id">): ModelProblem | undefined {
  const { inputPrice, cachedInputPrice, contextLength, maxOutputTokens } = model;
  if (maxOutputTokens !== null && maxOutputTokens > contextLength)
    return { path: "maxOutputTokens", message: "is more than the context holds" };
  if (cachedInputPrice !== null && cachedInputPrice > inputPrice)
    return { path: "cachedInputPrice", message: "is more than the input price" };
  for (const path of ["inputPrice", "cacheWritePrice", "outputPrice"] as const) {
    if (toMicrocredits(model[path] ?? 0) * contextLength > Number.MAX_SAFE_INTEGER)
      return {
        path,
        message: "is too high for so long a context: what a full one costs could not be counted",
      };
  }
  return undefined;
}

/** A model in a catalog file. */
export const modelData = z.strictObject(withDefaults).superRefine((model, context) => {
  const problem = findModelProblem(model);
  if (problem !== undefined)
    context.addIssue({ code: "custom", path: [problem.path], message: problem.message });
});
export type ModelData = z.output<z.ZodObject<typeof withDefaults>>;

/** The body that creates a model. */
export const newModel = z.strictObject({ ...withDefaults, ...echoedFields });

/** The body that changes a model. A field that is left out stays. */
export const modelPatch = z.strictObject({ ...fields, ...echoedFields }).partial();
export type ModelPatch = z.output<typeof modelPatch>;
