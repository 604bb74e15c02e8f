import { expect, it } from "vitest";
import type { UpstreamUsage } from "../../src/account/index.ts";
import { costOfDay } from "../../src/admin/cost-by-upstream.ts";
import { fromMicros } from "../../src/units.ts";

const sums = (requests: number) => ({
  requests,
  inputTokens: requests * 10,
  cachedInputTokens: 0,
  outputTokens: requests,
  microcredits: requests,
});
const day = { day: "2031-03-01", model: "m", ...sums(6) };
const part = (requests: number, currency: string, costNanos: number): UpstreamUsage => ({
  upstream: "groq",
  currency,
  costNanos,
  ...sums(requests),
});
/** A dollar for each request, by the prices of that day. */
const byPrices = ({ requests }: { requests: number }) => ({
  currency: "usd",
  amountMicros: requests * 1_000_000,
  isEstimate: false,
});
const DOLLAR_NANOS = 1_000_000_000;

it.each<[string, UpstreamUsage[], number | null, boolean]>([
  ["nothing is known by upstream", [], 6, false],
  ["all of it was recorded", [part(6, "usd", 12 * DOLLAR_NANOS)], 12, false],
  ["a part was recorded", [part(2, "usd", 10 * DOLLAR_NANOS)], 14, false],
  ["an upstream had no prices", [part(4, "", 0), part(2, "usd", DOLLAR_NANOS)], 5, false],
  ["the currency changed that day", [part(2, "eur", 10 * DOLLAR_NANOS)], 6, true],
])("the cost of a day is exact where it is known: %s", (_name, parts, amount, isEstimate) => {
  const cost = costOfDay(day, parts, byPrices);
  expect([cost === null ? null : fromMicros(cost.amountMicros), cost?.isEstimate]).toEqual([
    amount,
    isEstimate,
  ]);
});

it("the cost of a day is not known where that of a part of it is not", () => {
  expect(costOfDay(day, [part(2, "usd", DOLLAR_NANOS)], () => null)).toBeNull();
  expect(costOfDay(day, [part(6, "usd", DOLLAR_NANOS)], () => null)).toMatchObject({
    amountMicros: 1_000_000,
  });
});
