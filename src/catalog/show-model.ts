import { SECOND_MS } from "../time.ts";
import { toCredits } from "../units.ts";
import type { ModelPricing } from "./model-cache.ts";
import type { ModelView } from "./wire.ts";

/**
 * Shows a model in OpenAI's shape, with its prices in credits per million tokens and the number of
 * tokens that fit.
 */
export const showModel = (model: ModelPricing): ModelView => ({
  id: model.id,
  object: "model",
  created: Math.floor(model.createdAt / SECOND_MS),
  owned_by: model.upstream,
  context_length: model.contextLength,
  max_output_tokens: model.maxOutputTokens,
  pricing: {
    input: toCredits(model.inputPriceMicrocreditsPerMillion),
    cached_input: toCredits(
      model.cachedInputPriceMicrocreditsPerMillion ?? model.inputPriceMicrocreditsPerMillion,
    ),
    cache_write: toCredits(
      model.cacheWritePriceMicrocreditsPerMillion ?? model.inputPriceMicrocreditsPerMillion,
    ),
    output: toCredits(model.outputPriceMicrocreditsPerMillion),
  },
});
