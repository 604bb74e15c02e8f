import { describe, expect, it } from "vitest";
import { formatAmount, minorUnitDigits, toMajor } from "../../src/units.ts";

describe("amounts of money", () => {
  it.each([
    ["usd", 999, "9.99", "9.99 USD"],
    ["egp", 100_000, "1000.00", "1,000.00 EGP"],
    ["jpy", 1500, "1500", "1,500 JPY"],
    ["kwd", 3070, "3.070", "3.070 KWD"],
    // These are written without decimals, and still sent with two.
    ["huf", 150_000, "1500.00", "1,500.00 HUF"],
    ["isk", 150_000, "1500.00", "1,500.00 ISK"],
    ["idr", 1_500_000, "15000.00", "15,000.00 IDR"],
  ])("in %s are counted as Stripe counts them", (currency, amountMinor, major, shown) => {
    expect([toMajor(amountMinor, currency), formatAmount(amountMinor, currency)]).toEqual([
      major,
      shown,
    ]);
  });

  it("are none in 15 currencies, three in 5, two in all others, in any case of letters", () => {
    const digits = Map.groupBy(Intl.supportedValuesOf("currency"), (code) => minorUnitDigits(code));
    expect([digits.get(0)?.length, digits.get(3)?.length]).toEqual([15, 5]);
    expect(minorUnitDigits("jpy")).toBe(minorUnitDigits("JPY"));
  });
});
