import { toCredits } from "../units.ts";
import type { ModelPricing } from "./model-cache.ts";

/**
 * A model in OpenAI's shape, with what it costs, in credits per million tokens, and how many tokens
 * fit.
 */
export const showModel = (model: ModelPricing) => ({
  id: model.id,
  object: "model" as const,
  created: Math.floor(model.createdAt / 1000),
  owned_by: model.upstream,
  context_length: model.contextLength,
  max_output_tokens: model.maxOutputTokens,
  pricing: {
    input: toCredits(model.inputPriceMicrocreditsPerMillion),
    cached_input: toCredits(
      model.cachedInputPriceMicrocreditsPerMillion ?? model.inputPriceMicrocreditsPerMillion,
    ),
    output: toCredits(model.outputPriceMicrocreditsPerMillion),
  },
});
