import { SECOND_MS } from "../time.ts";
import { toCredits } from "../units.ts";
import type { ModelPricing } from "./model-cache.ts";
import { modalitiesOf } from "./model-kinds.ts";
import { showMorePrices } from "./more-prices.ts";
import type { MorePrices } from "./stored-prices.ts";
import type { ModelView } from "./wire.ts";

/** The owner of every model where customers do not see vendors. */
const HIDDEN_OWNER = "system";

/** A shown price under its name; nothing where there is none. */
const shownPrice = (name: string, value: number | null): Readonly<Record<string, number>> =>
  value === null ? {} : { [name]: value };

/** Shows the prices that a model has beside those of input and output. */
function showMorePricing(prices: MorePrices | null): Partial<ModelView["pricing"]> {
  const shown = showMorePrices(prices);
  return {
    ...shownPrice("cache_write_hour", shown.cacheWriteHourPrice),
    ...shownPrice("reasoning", shown.reasoningPrice),
    ...shownPrice("request", shown.requestPrice),
    ...(shown.imagePrices === null ? {} : { images: shown.imagePrices }),
    ...shownPrice("characters", shown.characterPrice),
    ...shownPrice("seconds", shown.secondPrice),
    ...(shown.priceTiers.length === 0
      ? {}
      : {
          tiers: shown.priceTiers.map((tier) => ({
            above_input_tokens: tier.aboveInputTokens,
            input: tier.inputPrice,
            cached_input: tier.cachedInputPrice ?? tier.inputPrice,
            cache_write: tier.cacheWritePrice ?? tier.inputPrice,
            output: tier.outputPrice,
          })),
        }),
  };
}

/**
 * Shows a model in OpenAI's shape and Anthropic's, with its prices in credits per million tokens
 * and the number of tokens that fit.
 * @param showsVendor whether its owner is the upstream, by the name that it has in the settings
 * @param parameters the parameters of a request that are passed on to it
 */
export const showModel = (
  model: ModelPricing,
  showsVendor: boolean,
  parameters: readonly string[],
): ModelView => ({
  id: model.id,
  canonical_slug: model.id,
  name: model.id,
  description: model.descriptions["en"] ?? "",
  object: "model",
  type: "model",
  display_name: model.id,
  created_at: new Date(model.createdAt).toISOString(),
  max_input_tokens: model.contextLength,
  max_tokens: model.maxOutputTokens,
  created: Math.floor(model.createdAt / SECOND_MS),
  owned_by: showsVendor ? model.upstream : HIDDEN_OWNER,
  kind: model.kind,
  architecture: modalitiesOf(model.kind),
  supported_parameters: [...parameters],
  top_provider: {
    context_length: model.contextLength,
    max_completion_tokens: model.maxOutputTokens,
  },
  per_request_limits: null,
  context_length: model.contextLength,
  max_output_tokens: model.maxOutputTokens,
  descriptions: model.descriptions,
  pricing: {
    input: toCredits(model.inputPriceMicrocreditsPerMillion),
    cached_input: toCredits(
      model.cachedInputPriceMicrocreditsPerMillion ?? model.inputPriceMicrocreditsPerMillion,
    ),
    cache_write: toCredits(
      model.cacheWritePriceMicrocreditsPerMillion ?? model.inputPriceMicrocreditsPerMillion,
    ),
    output: toCredits(model.outputPriceMicrocreditsPerMillion),
    ...showMorePricing(model.morePrices),
  },
});
