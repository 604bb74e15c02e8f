import { z } from "zod";
import { boundedList, boundedText } from "../http/bounded.ts";
import { localTexts } from "./local-texts.ts";
import { MODEL_KINDS } from "./model-kinds.ts";
import { findModelProblem, type ModelProblem } from "./model-problems.ts";
import {
  isUpstreamProblem,
  mergeUpstreams,
  upstreamList,
  upstreamModelName,
  upstreamName,
} from "./model-upstreams.ts";
import { morePriceFields, morePricesWithDefaults } from "./more-prices.ts";
import { modelId } from "./plan-data.ts";
import { price } from "./price-field.ts";
import type { ModelUpstream } from "./tables.ts";
import { upstreamPrices } from "./upstream-prices.ts";

/** The most models of a catalog: every isolate holds all active ones in memory. */
export const MAX_MODELS = 1000;

const imageTokens = z.int().min(1).max(1_000_000);

/** The fields of a model. */
const fields = {
  id: modelId,
  /** Other names of it: no model has them as its id or alias. */
  aliases: boundedList(modelId, 20),
  /** What it does: which route takes it, and what it is charged by. */
  kind: z.enum(MODEL_KINDS),
  /** Those of the first of `upstreams`, which they stand for where there is one. */
  upstream: upstreamName.optional(),
  upstreamModel: upstreamModelName.optional(),
  upstreams: upstreamList.optional(),
  inputPrice: price,
  /** `null`: cached input costs what input costs. */
  cachedInputPrice: price.nullable(),
  /** `null`: input that is written to a cache costs what input costs. */
  cacheWritePrice: price.nullable(),
  outputPrice: price,
  ...morePriceFields,
  descriptions: localTexts(300),
  contextLength: z.int().min(1).max(100_000_000),
  /** `null`: as many as the context holds. */
  maxOutputTokens: z.int().min(1).nullable(),
  /** Whether it thinks without its thoughts being in the reply. */
  reasoning: z.boolean(),
  /** The most tokens that a picture takes. `null`: what the setting of its upstream says. */
  imageTokens: imageTokens.nullable(),
  /** The same with `detail: "low"`. `null`: as many as any other. */
  lowDetailImageTokens: imageTokens.nullable(),
  /** `null`: not known. */
  upstreamCost: upstreamPrices.nullable(),
  isActive: z.boolean(),
};

/** The same fields with their defaults. */
const withDefaults = {
  ...fields,
  ...morePricesWithDefaults,
  kind: fields.kind.default("chat"),
  aliases: fields.aliases.default([]),
  cachedInputPrice: fields.cachedInputPrice.default(null),
  cacheWritePrice: fields.cacheWritePrice.default(null),
  descriptions: fields.descriptions.default({}),
  maxOutputTokens: fields.maxOutputTokens.default(null),
  reasoning: fields.reasoning.default(false),
  imageTokens: fields.imageTokens.default(null),
  lowDetailImageTokens: fields.lowDetailImageTokens.default(null),
  upstreamCost: fields.upstreamCost.default(null),
  isActive: fields.isActive.default(true),
};

/** Fields that are accepted and ignored, so that a model can be edited as shown and sent back. */
const echoedFields = {
  createdAt: boundedText(100).optional(),
  belowCost: z
    .strictObject({
      field: boundedText(100),
      price: z.number(),
      cost: z.number(),
      currency: boundedText(3),
    })
    .nullable()
    .optional(),
};

type ModelFields = z.output<z.ZodObject<typeof withDefaults>>;

/** A model with every field, and with its upstreams in one list. */
export interface ModelData extends Omit<ModelFields, "upstream" | "upstreamModel" | "upstreams"> {
  /** At least one. */
  readonly upstreams: ModelUpstream[];
}

/** Checks a new model. */
export function checkModel(model: ModelFields): ModelData | ModelProblem {
  const { upstream, upstreamModel, upstreams, ...data } = model;
  const merged = mergeUpstreams({ upstream, upstreamModel, upstreams });
  if (isUpstreamProblem(merged)) return merged;
  return findModelProblem(data) ?? { ...data, upstreams: merged };
}

/** Whether a model was refused. */
export const isModelProblem = (checked: ModelData | ModelProblem): checked is ModelProblem =>
  "path" in checked;

/** A model in a catalog file. */
export const modelData = z.strictObject(withDefaults).transform((model, context): ModelData => {
  const checked = checkModel(model);
  if (!isModelProblem(checked)) return checked;
  context.addIssue({ code: "custom", path: checked.path.split("."), message: checked.message });
  return z.NEVER;
});

/** The body that creates a model. */
export const newModel = z.strictObject({ ...withDefaults, ...echoedFields });
export type NewModel = z.output<typeof newModel>;

/** The body that changes a model. A field that is left out stays. */
export const modelPatch = z.strictObject({ ...fields, ...echoedFields }).partial();
export type ModelPatch = z.output<typeof modelPatch>;
