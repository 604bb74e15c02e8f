import { expect, it } from "vitest";
import { toModelColumns } from "../../src/catalog/model-columns.ts";
import { newModel } from "../../src/catalog/model-data.ts";
import { findModelProblem } from "../../src/catalog/model-problems.ts";
import { showMorePrices, toMorePrices } from "../../src/catalog/more-prices.ts";
import { toCredits } from "../../src/units.ts";
import { assert, boolean, integer, pre, property } from "../support/fast-check.ts";

const model = {
  aliases: [],
  kind: "chat" as const,
  ...showMorePrices(null),
  upstreams: [{ upstream: "local", upstreamModel: "m", weight: null }],
  inputPrice: 1,
  cachedInputPrice: null,
  cacheWritePrice: null,
  reasoning: false,
  imageTokens: null,
  lowDetailImageTokens: null,
  descriptions: {},
  outputPrice: 1,
  contextLength: 1000,
  maxOutputTokens: null,
  upstreamCost: null,
  isActive: true,
};
const millionths = integer({ min: 0, max: 1e12 });

it("stores every price of six decimals exactly, and shows it as it was given", () => {
  assert(
    property(millionths, (microcreditsPerMillion) => {
      const inputPrice = toCredits(microcreditsPerMillion);
      expect(newModel.shape.inputPrice.safeParse(inputPrice).success).toBe(true);
      const stored = toModelColumns({ ...model, inputPrice }).inputPriceMicrocreditsPerMillion;
      expect(stored).toBe(microcreditsPerMillion);
      expect(toCredits(stored)).toBe(inputPrice);
    }),
  );
});

it("refuses every price that would have to be rounded", () => {
  assert(
    property(millionths, integer({ min: 1, max: 9 }), (microcreditsPerMillion, tenth) => {
      pre(microcreditsPerMillion < 1e9);
      const price = (microcreditsPerMillion * 10 + tenth) / 1e7;
      expect(newModel.shape.inputPrice.safeParse(price).success).toBe(false);
    }),
  );
});

it("lets no full context cost more than can be counted, and says which price is to blame", () => {
  assert(
    property(
      millionths,
      integer({ min: 1, max: 1e8 }),
      boolean(),
      (microcredits, contextLength, isOutput) => {
        const path = isOutput ? "outputPrice" : "inputPrice";
        const problem = findModelProblem({
          ...model,
          contextLength,
          [path]: toCredits(microcredits),
        });
        const fits =
          BigInt(microcredits) * BigInt(contextLength) <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(problem?.path).toBe(fits ? undefined : path);
      },
    ),
  );
});

it("stores prices of units, requests, hours, reasoning and tiers, and shows them as given", () => {
  const prices = {
    cacheWriteHourPrice: 2.5,
    reasoningPrice: 3.25,
    requestPrice: 0.01,
    imagePrices: { "low/1024x1024": 0.110001, "1792x1024": 4 },
    characterPrice: 150,
    secondPrice: 0.000001,
    priceTiers: [
      {
        aboveInputTokens: 200_000,
        inputPrice: 2,
        cachedInputPrice: null,
        cacheWritePrice: 3,
        cacheWriteHourPrice: null,
        outputPrice: 9.5,
        reasoningPrice: 10,
      },
    ],
  };
  const stored = toMorePrices(prices);
  expect(stored).toMatchObject({
    requestMicrocredits: 10_000,
    imageMicrocredits: { "low/1024x1024": 110_001, "1792x1024": 4_000_000 },
    charactersPerMillion: 150_000_000,
    secondsPerMillion: 1,
    tiers: [{ aboveInputTokens: 200_000, inputPerMillion: 2_000_000 }],
  });
  expect(showMorePrices(stored)).toEqual(prices);
  expect(toMorePrices(showMorePrices(null))).toBeNull();
});

it("requires the price of what a kind counts, and takes it of no other", () => {
  const images = { "1024x1024": 1 };
  for (const [more, path] of [
    [{ kind: "image" }, "imagePrices"],
    [{ kind: "speech" }, "characterPrice"],
    [{ kind: "transcription" }, "secondPrice"],
    [{ kind: "chat", imagePrices: images }, "imagePrices"],
    [{ kind: "embedding", secondPrice: 1 }, "secondPrice"],
    [{ kind: "moderation", inputPrice: 1 }, "inputPrice"],
    [{ kind: "image", imagePrices: images }, undefined],
    [{ kind: "moderation", inputPrice: 0, outputPrice: 0 }, undefined],
  ] as const)
    expect(findModelProblem({ ...model, ...more })?.path).toBe(path);
});

it("refuses tiers that are out of order, and names of images that nobody can ask for", () => {
  const tier = { ...showMorePrices(null), inputPrice: 1, outputPrice: 1 };
  const tiers = [200, 100].map((aboveInputTokens) => ({
    aboveInputTokens,
    inputPrice: tier.inputPrice,
    cachedInputPrice: null,
    cacheWritePrice: null,
    cacheWriteHourPrice: null,
    outputPrice: tier.outputPrice,
    reasoningPrice: null,
  }));
  expect(findModelProblem({ ...model, priceTiers: tiers })?.path).toBe("priceTiers");
  expect(findModelProblem({ ...model, priceTiers: tiers.toReversed() })).toBeUndefined();
  for (const name of ["", "High/1024x1024", "a/b/c", "high/"])
    expect(newModel.shape.imagePrices.safeParse({ [name]: 1 }).success).toBe(false);
  expect(newModel.shape.imagePrices.safeParse({}).success).toBe(false);
});
