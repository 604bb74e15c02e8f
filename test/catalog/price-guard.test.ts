import { expect, it } from "vitest";
import { showMorePrices } from "../../src/catalog/more-prices.ts";
import { findPriceBelowCost, guardPrice } from "../../src/catalog/price-guard.ts";
import { showMoreCosts } from "../../src/catalog/upstream-prices.ts";

/** A credit of a cent: 100 credits are a dollar. */
const CENT = { currency: "usd", micros: 10_000 };
const PLAIN = { ...showMorePrices(null), kind: "chat" as const };
const COST = {
  currency: "usd",
  input: 1,
  cachedInput: 0.5,
  output: 4,
  ...showMoreCosts(null),
};
const model = {
  ...PLAIN,
  inputPrice: 100,
  cachedInputPrice: null,
  cacheWritePrice: null,
  outputPrice: 400,
  contextLength: 1000,
  maxOutputTokens: null,
  reasoning: false,
  imageTokens: null,
  lowDetailImageTokens: null,
  upstreamCost: COST,
  isActive: true,
};
const tier = (aboveInputTokens: number, input: number, output: number) => ({
  aboveInputTokens,
  input,
  cachedInput: null,
  cacheWrite: null,
  cacheWriteHour: null,
  output,
  reasoning: null,
});
const priceTier = (aboveInputTokens: number, inputPrice: number, outputPrice: number) => ({
  aboveInputTokens,
  inputPrice,
  cachedInputPrice: null,
  cacheWritePrice: null,
  cacheWriteHourPrice: null,
  outputPrice,
  reasoningPrice: null,
});

it("a price that is worth its cost passes, and one below it is named", () => {
  expect(findPriceBelowCost(model, CENT)).toBeUndefined();
  for (const [more, path] of [
    [{ inputPrice: 99.999999 }, "inputPrice"],
    [{ cachedInputPrice: 49 }, "cachedInputPrice"],
    [{ outputPrice: 0 }, "outputPrice"],
  ] as const)
    expect(findPriceBelowCost({ ...model, ...more }, CENT)?.path).toBe(path);
});

it("nothing is said where cost or value are not known, or nobody buys", () => {
  const cheap = { ...model, inputPrice: 1 };
  expect(findPriceBelowCost({ ...cheap, upstreamCost: null }, CENT)).toBeUndefined();
  expect(findPriceBelowCost({ ...cheap, isActive: false }, CENT)).toBeUndefined();
  expect(findPriceBelowCost(cheap, null)).toBeUndefined();
  expect(findPriceBelowCost(cheap, { ...CENT, currency: "eur" })).toBeUndefined();
});

it("is refused or let through, as the setting says", () => {
  const cheap = { ...model, inputPrice: 1 };
  const guard = (PRICE_BELOW_COST: "warn" | "refuse") =>
    guardPrice("m", cheap, { CREDIT_VALUE: CENT, PRICE_BELOW_COST });
  expect(guard("warn")).toBeUndefined();
  expect(guard("refuse")).toMatchObject({ path: "inputPrice" });
});

it.each<[string, object, object, string | undefined]>([
  ["written to a cache", {}, { cacheWrite: 1.25 }, "cacheWritePrice"],
  ["written to a cache", { cacheWritePrice: 125 }, { cacheWrite: 1.25 }, undefined],
  [
    "kept in a cache for an hour",
    { cacheWritePrice: 125 },
    { cacheWrite: 1.25, cacheWriteHour: 2 },
    "cacheWriteHourPrice",
  ],
  ["reasoning", {}, { reasoning: 5 }, "reasoningPrice"],
  ["a request", {}, { request: 0.01 }, "requestPrice"],
  ["a request", { requestPrice: 1 }, { request: 0.01 }, undefined],
  [
    "an image",
    { imagePrices: { "low/1": 2, "high/1": 3 } },
    { images: { "low/1": 0.01, "high/1": 0.04 } },
    "imagePrices",
  ],
  ["an image without a cost", { imagePrices: { "low/1": 2 } }, { images: { x: 1 } }, undefined],
  ["a character", { characterPrice: 100 }, { character: 1.01 }, "characterPrice"],
  ["a second", { secondPrice: 100 }, { second: 1 }, undefined],
  ["a long prompt", {}, { tiers: [tier(1000, 2, 4)] }, "priceTiers"],
  [
    "a long prompt at its own price",
    { priceTiers: [priceTier(1000, 200, 400)] },
    { tiers: [tier(1000, 2, 4)] },
    undefined,
  ],
  [
    "a long prompt whose price begins too late",
    { priceTiers: [priceTier(2000, 200, 400)] },
    { tiers: [tier(1000, 2, 4)] },
    "priceTiers",
  ],
])("is told of %s", (_what, prices, cost, path) => {
  const priced = { ...model, ...prices, upstreamCost: { ...COST, ...cost } };
  expect(findPriceBelowCost(priced, CENT)?.path).toBe(path);
});
