import { expect, it } from "vitest";
import { prorate } from "../../src/billing/payments/prorate.ts";

it.each([
  [100, 1, 3, 33],
  [100, 2, 3, 66],
  [100, 3, 3, 100],
  [100, 4, 3, 100],
  [100, 0, 3, 0],
  [100, -1, 3, 0],
  [100, 1, 0, 0],
  [100, 1, -1, 0],
  [0, 1, 3, 0],
  [Number.MAX_SAFE_INTEGER, 99_999_998, 99_999_999, 9_007_199_164_668_997],
])("of %d, the share of %d in %d is %d", (value, part, whole, share) => {
  expect(prorate(value, { part, whole })).toBe(share);
});
