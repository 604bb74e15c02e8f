import { expect, it } from "vitest";
import {
  affordableOutputTokens,
  costMicrocredits,
  maxCostMicrocredits,
} from "../../src/account/ledger/price.ts";
import * as fc from "../support/fast-check.ts";

const perMillion = fc.integer({ min: 0, max: 10 ** 12 });
const prices = fc.record({
  inputPerMillion: perMillion,
  cachedInputPerMillion: fc.option(perMillion),
  cacheWritePerMillion: fc.option(perMillion),
  outputPerMillion: perMillion,
});
const tokens = fc.integer({ min: 0, max: 2_000_000 });

it("charges n microcredits a token at n credits per million, rounded up once a chat", () => {
  const price = {
    inputPerMillion: 500_000,
    cachedInputPerMillion: 50_000,
    outputPerMillion: 1_500_000,
  };
  expect(costMicrocredits(price, { input: 1000, cachedInput: 0, output: 200 })).toBe(800);
  expect(costMicrocredits(price, { input: 1000, cachedInput: 400, output: 200 })).toBe(620);
  expect(costMicrocredits(price, { input: 1, cachedInput: 0, output: 0 })).toBe(1);
  expect(costMicrocredits(price, { input: 0, cachedInput: 0, output: 0 })).toBe(0);
});

it("charges each part of the prompt at its own price, or at the prompt's without one", () => {
  const price = { inputPerMillion: 100, cachedInputPerMillion: null, outputPerMillion: 0 };
  const usage = { input: 1_000_000, cachedInput: 300_000, cacheWriteInput: 200_000, output: 0 };
  const cost = (more: object) => costMicrocredits({ ...price, ...more }, usage);
  expect(cost({})).toBe(100);
  expect(cost({ cacheWritePerMillion: null })).toBe(100);
  expect(cost({ cacheWritePerMillion: 200 })).toBe(120);
  expect(cost({ cachedInputPerMillion: 10 })).toBe(73);
  expect(cost({ cachedInputPerMillion: 10, cacheWritePerMillion: 200 })).toBe(93);
});

it("never lets a chat within its bounds cost more than the bound", () => {
  fc.assert(
    fc.property(
      prices,
      tokens,
      tokens,
      fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      (price, input, output, [a = 0, b = 0, c = 0, d = 0]) => {
        const used = { input: a % (input + 1), output: b % (output + 1) };
        const cachedInput = c % (used.input + 1);
        const cacheWriteInput = d % (used.input - cachedInput + 1);
        expect(
          costMicrocredits(price, { ...used, cachedInput, cacheWriteInput }),
        ).toBeLessThanOrEqual(maxCostMicrocredits(price, input, output));
      },
    ),
  );
});

it("affords exactly the output tokens that the balance pays for: one more would not fit", () => {
  fc.assert(
    fc.property(
      prices,
      fc.integer({ min: 0, max: 10 ** 13 }),
      tokens,
      fc.integer({ min: 1, max: 128 }),
      (price, balance, input, choices) => {
        const affordable = affordableOutputTokens(price, balance, input, choices);
        fc.pre(Number.isSafeInteger((affordable + 1) * choices));
        if (affordable >= 0)
          expect(maxCostMicrocredits(price, input, affordable * choices)).toBeLessThanOrEqual(
            balance,
          );
        expect(maxCostMicrocredits(price, input, (affordable + 1) * choices)).toBeGreaterThan(
          affordable < 0 ? -1 : balance,
        );
        if (affordable < 0) expect(maxCostMicrocredits(price, input, 0)).toBeGreaterThan(balance);
      },
    ),
  );
});

it("affords a free reply to a balance that just covers the prompt", () => {
  const price = { inputPerMillion: 1_000_000, cachedInputPerMillion: null, outputPerMillion: 0 };
  expect(affordableOutputTokens(price, 10, 10, 1)).toBe(Number.POSITIVE_INFINITY);
  expect(affordableOutputTokens(price, 9, 10, 1)).toBeLessThan(0);
});

it("affords what is left after the prompt, for all choices", () => {
  const price = { inputPerMillion: 1_000_000, cachedInputPerMillion: null, outputPerMillion: 500 };
  expect(affordableOutputTokens(price, 11, 10, 1)).toBe(2000);
  expect(affordableOutputTokens(price, 11, 10, 3)).toBe(666);
  const dear = { ...price, cacheWritePerMillion: 1_100_000 };
  expect(affordableOutputTokens(dear, 11, 10, 1)).toBe(0);
  expect(affordableOutputTokens(dear, 10, 10, 1)).toBeLessThan(0);
});
