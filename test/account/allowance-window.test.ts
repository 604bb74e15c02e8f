import { describe, expect, it } from "vitest";
import { allowanceWindow } from "../../src/account/ledger/allowance-window.ts";
import { DAY_MS } from "../../src/time.ts";
import * as fc from "../support/fast-check.ts";

/** A day, at half past ten. */
const day = (text: string) => Date.parse(`${text}T10:30:00.000Z`);
const period = (from: string, to: string) => ({ startsAt: day(from), endsAt: day(to) });
const toText = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const windowOf = (
  kind: "month" | "billing",
  [from, to]: readonly [string, string],
  nowMs: number,
) => {
  const { startsAt, endsAt } = allowanceWindow(kind, period(from, to), nowMs);
  return [toText(startsAt)?.slice(0, 10), toText(endsAt)?.slice(0, 10)];
};

/** Lists the windows of a period, from its start to its end. */
function listWindows(kind: "month" | "billing", [from, to]: readonly [string, string]) {
  const billing = period(from, to);
  const windows: string[] = [];
  for (let at: number | null = billing.startsAt; at !== null && at < billing.endsAt; ) {
    const { startsAt, endsAt } = allowanceWindow(kind, billing, at);
    expect(toText(startsAt)).toBe(toText(at));
    windows.push(new Date(startsAt).toISOString().slice(5, 10));
    at = endsAt;
  }
  return windows.join(" ");
}

describe("the window of an allowance", () => {
  it.each([
    ["month", "2083-11-29", "2083-12-29", "11-29"],
    ["month", "2083-01-31", "2083-02-28", "01-31"],
    ["month", "2083-02-28", "2083-03-31", "02-28"],
    ["month", "2083-04-30", "2083-05-31", "04-30"],
    ["month", "2083-02-28", "2083-03-28", "02-28"],
    [
      "month",
      "2083-01-31",
      "2084-01-31",
      "01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31",
    ],
    // Of a year that began on 29 February, up to the next leap year.
    [
      "month",
      "2087-02-28",
      "2088-02-29",
      "02-28 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29 01-29",
    ],
    ["billing", "2083-01-31", "2084-01-31", "01-31"],
    // A trial ends its last month.
    ["month", "2083-03-01", "2083-03-15", "03-01"],
    ["month", "2083-03-01", "2083-04-15", "03-01 04-01"],
    ["month", "2083-03-01", "2083-03-08", "03-01"],
  ] as const)("of a %s in %s to %s begins on %s", (kind, from, to, expected) => {
    expect(listWindows(kind, [from, to])).toBe(expected);
  });

  it("is counted apart for each kind of period", () => {
    const billing = period("2083-11-20", "2083-12-20");
    const counterOf = (kind: "month" | "billing" | "hour") =>
      allowanceWindow(kind, billing, day("2083-11-29")).counterPeriod;
    expect(counterOf("month")).toBe("billing_month");
    expect(counterOf("billing")).toBe("billing");
    expect(counterOf("hour")).toBe("hour");
  });

  it("of a period that is no whole months begins on its first day of the month", () => {
    const odd = { startsAt: day("2083-02-28"), endsAt: day("2083-05-31") + 1000 };
    const march = allowanceWindow("month", odd, day("2083-03-30"));
    expect(toText(march.startsAt)?.slice(0, 10)).toBe("2083-03-28");
    const whole = period("2083-02-28", "2083-05-31");
    const february = allowanceWindow("month", whole, day("2083-03-30"));
    expect(toText(february.startsAt)?.slice(0, 10)).toBe("2083-02-28");
  });

  it("stays the last one until the next period is known to be paid, and ends by no time", () => {
    const month = ["2083-11-29", "2083-12-29"] as const;
    expect(windowOf("month", month, day("2083-12-29") - 1)).toEqual(["2083-11-29", "2083-12-29"]);
    expect(windowOf("month", month, day("2083-12-29"))).toEqual(["2083-11-29", undefined]);
    const year = ["2083-01-31", "2084-01-31"] as const;
    expect(windowOf("month", year, day("2084-06-01"))).toEqual(["2083-12-31", undefined]);
    expect(windowOf("billing", year, day("2084-06-01"))).toEqual(["2083-01-31", undefined]);
  });

  it("is there already for a machine whose clock is behind Stripe's", () => {
    const month = ["2083-11-29", "2083-12-29"] as const;
    expect(windowOf("month", month, day("2083-11-28"))).toEqual(["2083-11-29", "2083-12-29"]);
  });

  it("is the calendar's without a subscription, and for every shorter period", () => {
    const noon = day("2083-11-29");
    for (const kind of ["month", "billing"] as const)
      expect(allowanceWindow(kind, null, noon)).toEqual({
        counterPeriod: "month",
        startsAt: Date.UTC(2083, 10),
        endsAt: Date.UTC(2083, 11),
      });
    const billing = period("2083-11-20", "2083-12-20");
    expect(allowanceWindow("day", billing, noon)).toEqual({
      counterPeriod: "day",
      startsAt: Date.UTC(2083, 10, 29),
      endsAt: Date.UTC(2083, 10, 30),
    });
  });

  it("holds its time, inside its period, and the months of a period follow each other", () => {
    const start = fc.integer({ min: Date.UTC(2080, 0), max: Date.UTC(2090, 0) });
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 800 }), fc.nat(), (startsAt, days, offset) => {
        const billing = { startsAt, endsAt: startsAt + days * DAY_MS };
        const nowMs = startsAt + (offset % (days * DAY_MS));
        const window = allowanceWindow("month", billing, nowMs);
        const endsAt = window.endsAt ?? Number.NaN;
        expect(window.startsAt).toBeGreaterThanOrEqual(startsAt);
        expect(window.startsAt).toBeLessThanOrEqual(nowMs);
        expect(endsAt).toBeGreaterThan(nowMs);
        expect(endsAt).toBeLessThanOrEqual(billing.endsAt);
        expect(endsAt - window.startsAt).toBeLessThanOrEqual(31 * DAY_MS);
        if (endsAt < billing.endsAt) {
          expect(endsAt - window.startsAt).toBeGreaterThanOrEqual(28 * DAY_MS);
          expect(allowanceWindow("month", billing, endsAt).startsAt).toBe(endsAt);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
