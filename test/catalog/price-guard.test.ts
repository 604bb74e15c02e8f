import { expect, it } from "vitest";
import { findPriceBelowCost, guardPrice } from "../../src/catalog/price-guard.ts";

/** A credit of a cent: 100 credits are a dollar. */
const CENT = { currency: "usd", micros: 10_000 };
const model = {
  inputPrice: 100,
  cachedInputPrice: null,
  outputPrice: 400,
  upstreamCost: { currency: "usd", input: 1, cachedInput: 0.5, output: 4 },
  isActive: true,
};

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
