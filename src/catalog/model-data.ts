import { z } from "zod";
import { toMicrocredits } from "../units.ts";
import { hasAtMostSixDecimals, modelId } from "./plan-data.ts";

/** Credits per million tokens, as a person writes them. */
const price = z.number().min(0).max(1_000_000).refine(hasAtMostSixDecimals, "has more than six decimals");

/** The fields of a model, each with what stands when it is left out. Prices are in credits per million tokens. */
export const modelFields = {
  id: modelId,
  upstream: z.string().min(1).max(100),
  upstreamModel: z.string().min(1).max(200),
  inputPrice: price,
  /** `null`: cached input costs what input costs. */
  cachedInputPrice: price.nullable().default(null),
  outputPrice: price,
  contextLength: z.int().min(1).max(100_000_000),
  /** Left out: as many as the context holds. */
  maxOutputTokens: z.int().min(1).nullable().default(null),
  isActive: z.boolean().default(true),
};

/** What of a model the rules look at. */
type RuledModel = Pick<ModelData, "inputPrice" | "cachedInputPrice" | "outputPrice" | "contextLength" | "maxOutputTokens">;

/**
 * What no field can tell alone. A price times a full context has to stay below 2^53 microcredits for a million tokens, the unit
 * that prices are stored in, so that a cost is exact at every step of its arithmetic.
 * @returns the first thing that is wrong, if any
 */
export function modelProblem(model: RuledModel): { path: string; message: string } | undefined {
  if (model.maxOutputTokens !== null && model.maxOutputTokens > model.contextLength)
    return { path: "maxOutputTokens", message: "is more than the context holds" };
  if (model.cachedInputPrice !== null && model.cachedInputPrice > model.inputPrice)
    return { path: "cachedInputPrice", message: "is more than the input price" };
  for (const path of ["inputPrice", "outputPrice"] as const) {
    if (toMicrocredits(model[path]) * model.contextLength > Number.MAX_SAFE_INTEGER)
      return { path, message: "is too high for so long a context: a full one could not be counted exactly" };
  }
  return undefined;
}

/** A model as the operator states it, in a catalog file or through the admin routes. */
export const modelData = z.strictObject(modelFields).superRefine((model, context) => {
  const problem = modelProblem(model);
  if (problem !== undefined) context.addIssue({ code: "custom", path: [problem.path], message: problem.message });
});
export type ModelData = z.output<z.ZodObject<typeof modelFields>>;
