import { expect, it } from "vitest";
import { toModelColumns } from "../../src/catalog/model-columns.ts";
import { findModelProblem, modelData } from "../../src/catalog/model-data.ts";
import { toCredits } from "../../src/units.ts";
import { assert, boolean, integer, pre, property } from "../support/fast-check.ts";

const model = {
  upstream: "local",
  upstreamModel: "m",
  inputPrice: 1,
  cachedInputPrice: null,
  cacheWritePrice: null,
  reasoning: false,
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
      expect(modelData.shape.inputPrice.safeParse(inputPrice).success).toBe(true);
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
      expect(modelData.shape.inputPrice.safeParse(price).success).toBe(false);
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
