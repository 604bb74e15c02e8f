import type { Config } from "../config.ts";
import { log } from "../log.ts";
import { toMicros } from "../units.ts";
import type { ModelData } from "./model-data.ts";
import type { ModelProblem } from "./model-problems.ts";

type Priced = Pick<
  ModelData,
  "inputPrice" | "cachedInputPrice" | "outputPrice" | "upstreamCost" | "isActive"
>;

/**
 * Finds a price of an active model that is below what the operator pays for the same tokens, by
 * what a credit is worth. Undefined where that is not known, or in another currency. Pure.
 */
export function findPriceBelowCost(
  { inputPrice, cachedInputPrice, outputPrice, upstreamCost, isActive }: Priced,
  creditValue: Config["CREDIT_VALUE"],
): ModelProblem | undefined {
  if (upstreamCost === null || creditValue === null || !isActive) return undefined;
  if (upstreamCost.currency !== creditValue.currency) return undefined;
  const { input, cachedInput, output } = upstreamCost;
  const pairs = [
    ["inputPrice", inputPrice, input],
    ["cachedInputPrice", cachedInputPrice ?? inputPrice, cachedInput ?? input],
    ["outputPrice", outputPrice, output],
  ] as const;
  const below = pairs.find(([, price, cost]) => price * creditValue.micros < toMicros(cost));
  if (below === undefined) return undefined;
  const [path, price, cost] = below;
  return {
    path,
    message:
      `${price} credits are worth less than the model provider's price of ${cost} ` +
      upstreamCost.currency.toUpperCase(),
  };
}

/**
 * Guards against a model that is sold below its cost, as the setting PRICE_BELOW_COST says: it is
 * refused, or logged.
 */
export function guardPrice(
  id: string,
  model: Priced,
  { CREDIT_VALUE, PRICE_BELOW_COST }: Pick<Config, "CREDIT_VALUE" | "PRICE_BELOW_COST">,
): ModelProblem | undefined {
  const problem = findPriceBelowCost(model, CREDIT_VALUE);
  if (problem === undefined || PRICE_BELOW_COST === "refuse") return problem;
  log.warn("model.below_cost", { model: id, field: problem.path, message: problem.message });
  return undefined;
}
