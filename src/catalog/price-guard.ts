import type { Config } from "../config.ts";
import { log } from "../log.ts";
import { toMicros } from "../units.ts";
import type { ModelData } from "./model-data.ts";

type Priced = Omit<ModelData, "id" | "aliases" | "upstreams" | "descriptions">;
type Cost = NonNullable<Priced["upstreamCost"]>;

/** A price, by its field, and what the operator pays for the same. */
type Pair = readonly [path: string, price: number, cost: number];

/** A price below what the operator pays for the same. */
export interface BelowCost {
  /** The field of the price. */
  readonly path: string;
  /** In credits. */
  readonly price: number;
  /** In the currency's major unit. */
  readonly cost: number;
  readonly currency: string;
}

/** The rates of tokens, under the names that a model's prices have. */
interface Rates {
  readonly inputPrice: number;
  readonly cachedInputPrice: number | null;
  readonly cacheWritePrice: number | null;
  readonly cacheWriteHourPrice: number | null;
  readonly outputPrice: number;
  readonly reasoningPrice: number | null;
}

/** The rates of an upstream, under the names that its prices have. */
type CostRates = Omit<Cost["tiers"][number], "aboveInputTokens">;

const toRates = (cost: CostRates): Rates => ({
  inputPrice: cost.input,
  cachedInputPrice: cost.cachedInput,
  cacheWritePrice: cost.cacheWrite,
  cacheWriteHourPrice: cost.cacheWriteHour,
  outputPrice: cost.output,
  reasoningPrice: cost.reasoning,
});

const RATES = [
  "inputPrice",
  "cachedInputPrice",
  "cacheWritePrice",
  "cacheWriteHourPrice",
  "outputPrice",
  "reasoningPrice",
] as const;

/** Fills in what a rate is where it has no price of its own. */
function withoutNull(rates: Rates): Readonly<Record<(typeof RATES)[number], number>> {
  const write = rates.cacheWritePrice ?? rates.inputPrice;
  return {
    inputPrice: rates.inputPrice,
    cachedInputPrice: rates.cachedInputPrice ?? rates.inputPrice,
    cacheWritePrice: write,
    cacheWriteHourPrice: rates.cacheWriteHourPrice ?? write,
    outputPrice: rates.outputPrice,
    reasoningPrice: rates.reasoningPrice ?? rates.outputPrice,
  };
}

function pairRates(price: Rates, cost: Rates): Pair[] {
  const [prices, costs] = [withoutNull(price), withoutNull(cost)];
  return RATES.map((path) => [path, prices[path], costs[path]]);
}

/** Finds the rates of prompts just above a size. */
const tierAt = <Tier extends { readonly aboveInputTokens: number }>(
  tiers: readonly Tier[],
  size: number,
): Tier | undefined => tiers.findLast(({ aboveInputTokens }) => aboveInputTokens <= size);

/** Pairs the rates of prompts above each size at which prices or costs change. */
function pairTiers(model: Priced, cost: Cost): Pair[] {
  const costTiers = cost.tiers.map((tier) => ({ ...toRates(tier), ...tier }));
  const sizes = [...model.priceTiers, ...costTiers].map((tier) => tier.aboveInputTokens);
  return sizes.flatMap((size) =>
    pairRates(
      tierAt(model.priceTiers, size) ?? model,
      tierAt(costTiers, size) ?? toRates(cost),
    ).map(([, price, paid]): Pair => ["priceTiers", price, paid]),
  );
}

/** Pairs the prices of units and of a request. An image without a cost has none that is known. */
const pairUnits = (model: Priced, cost: Cost): Pair[] => [
  ["requestPrice", model.requestPrice ?? 0, cost.request ?? 0],
  ["characterPrice", model.characterPrice ?? 0, cost.character ?? 0],
  ["secondPrice", model.secondPrice ?? 0, cost.second ?? 0],
  ...Object.entries(model.imagePrices ?? {}).map(
    ([variant, price]): Pair => ["imagePrices", price, cost.images?.[variant] ?? 0],
  ),
];

/**
 * Finds a price of an active model that is below what the operator pays for the same, by what a
 * credit is worth. Undefined where that is not known, or in another currency. Pure.
 */
export function findPriceBelowCost(
  model: Priced,
  creditValue: Config["CREDIT_VALUE"],
): BelowCost | undefined {
  const { upstreamCost, isActive } = model;
  if (upstreamCost === null || creditValue === null || !isActive) return undefined;
  const { currency } = upstreamCost;
  if (currency !== creditValue.currency) return undefined;
  const below = [
    ...pairRates(model, toRates(upstreamCost)),
    ...pairUnits(model, upstreamCost),
    ...pairTiers(model, upstreamCost),
  ].find(([, price, cost]) => price * creditValue.micros < toMicros(cost));
  if (below === undefined) return undefined;
  const [path, price, cost] = below;
  return { path, price, cost, currency };
}

/** Says of a price what it is below, for programs. */
const describe = ({ price, cost, currency }: BelowCost): string =>
  `${price} credits are worth less than the model provider's price of ${cost} ` +
  currency.toUpperCase();

/**
 * Guards against a model that is sold below its cost, as the setting PRICE_BELOW_COST says: it is
 * refused, or logged.
 */
export function guardPrice(
  id: string,
  model: Priced,
  { CREDIT_VALUE, PRICE_BELOW_COST }: Pick<Config, "CREDIT_VALUE" | "PRICE_BELOW_COST">,
) {
  const below = findPriceBelowCost(model, CREDIT_VALUE);
  if (below === undefined) return undefined;
  const { path, price, cost, currency } = below;
  const message = describe(below);
  if (PRICE_BELOW_COST === "refuse")
    return { path, message, details: { rule: "below_cost", price, cost, currency } };
  log.warn("model.below_cost", { model: id, field: path, message });
  return undefined;
}
