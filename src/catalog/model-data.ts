import { z } from "zod";
import { toMicrocredits } from "../units.ts";
import { currencyField, hasAtMostSixDecimals, modelId } from "./plan-data.ts";

/** Every isolate holds all active models in memory. */
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

/** What the operator pays the upstream. For reports alone: no chat is priced by it. */
const upstreamCost = z.strictObject({
  currency: currencyField,
  input: costPrice,
  /** `null`: cached input costs what input costs. */
  cachedInput: costPrice.nullable().default(null),
  output: costPrice,
});

/** What each field of a model may be. */
const fields = {
  id: modelId,
  upstream: z.string().min(1).max(100),
  upstreamModel: z.string().min(1).max(200),
  inputPrice: price,
  /** `null`: cached input costs what input costs. */
  cachedInputPrice: price.nullable(),
  outputPrice: price,
  contextLength: z.int().min(1).max(100_000_000),
  /** `null`: as many as the context holds. */
  maxOutputTokens: z.int().min(1).nullable(),
  /** `null`: not known. */
  upstreamCost: upstreamCost.nullable(),
  isActive: z.boolean(),
};

/** The same, with what stands when a field is left out. */
const withDefaults = {
  ...fields,
  cachedInputPrice: fields.cachedInputPrice.default(null),
  maxOutputTokens: fields.maxOutputTokens.default(null),
  upstreamCost: fields.upstreamCost.default(null),
  isActive: fields.isActive.default(true),
};

/** Taken, so that what was shown can be edited and sent back. Cannot be changed. */
const echoedFields = { createdAt: z.string().max(100).optional() };

export interface ModelProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * What no field can tell alone. A price times a full context has to stay below 2^53 in the unit
 * that prices are stored in (microcredits for a million tokens), so that what a chat costs is far
 * below 2^53 microcredits, whatever is asked.
 * @returns the first thing that is wrong, if any
 */
export function findModelProblem(model: Omit<ModelData, "id">): ModelProblem | undefined {
  const { inputPrice, cachedInputPrice, contextLength, maxOutputTokens } = model;
  if (maxOutputTokens !== null && maxOutputTokens > contextLength)
    return { path: "maxOutputTokens", message: "is more than the context holds" };
  if (cachedInputPrice !== null && cachedInputPrice > inputPrice)
    return { path: "cachedInputPrice", message: "is more than the input price" };
  for (const path of ["inputPrice", "outputPrice"] as const) {
    if (toMicrocredits(model[path]) * contextLength > Number.MAX_SAFE_INTEGER)
      return {
        path,
        message: "is too high for so long a context: what a full one costs could not be counted",
      };
  }
  return undefined;
}

/** A model as a catalog file states it. */
export const modelData = z.strictObject(withDefaults).superRefine((model, context) => {
  const problem = findModelProblem(model);
  if (problem !== undefined)
    context.addIssue({ code: "custom", path: [problem.path], message: problem.message });
});
export type ModelData = z.output<z.ZodObject<typeof withDefaults>>;

/** A new model as the admin routes take it. */
export const newModel = z.strictObject({ ...withDefaults, ...echoedFields });

/** Changes to a model: what is left out stays as it is. */
export const modelPatch = z.strictObject({ ...fields, ...echoedFields }).partial();
export type ModelPatch = z.output<typeof modelPatch>;
