import { describe, expect, it } from "vitest";
import { carryOver } from "../../src/account/ledger/carry-over.ts";
import { type AccountState, type Counter, emptyState } from "../../src/account/ledger/state.ts";
import type { Allowance } from "../../src/meters.ts";
import { DAY_MS, HOUR_MS } from "../../src/time.ts";
import { NOON } from "../support/account.ts";

const MONTH = { startsAt: NOON, endsAt: NOON + 30 * DAY_MS };
const YEAR = { startsAt: NOON, endsAt: NOON + 365 * DAY_MS };
const startingAt = (startsAt: number) => ({ startsAt, endsAt: startsAt + 30 * DAY_MS });

const termsOf = (
  image: Allowance | undefined,
  billingPeriod: typeof MONTH & { isTrial?: true },
) => ({
  allowances: image === undefined ? {} : { image },
  billingPeriod,
});
const stateOf = (counters: Record<string, Counter>): AccountState => ({
  ...emptyState(),
  counters,
});
const used = (quantity: number, periodStart = NOON): Counter => ({ periodStart, used: quantity });

const BY_MONTH: Allowance = { limit: 100, period: "month" };
const BY_PERIOD: Allowance = { limit: 100, period: "billing" };

describe("of the use of a paid period that is cut short", () => {
  /** Returns what is carried over when the next period begins, by the month, after a time. */
  const carriedAfter = (
    elapsedMs: number,
    image: Allowance | undefined,
    counters: Record<string, Counter>,
    period = MONTH,
  ) => {
    const nowMs = NOON + elapsedMs;
    const next = termsOf(BY_MONTH, startingAt(nowMs));
    return carryOver(stateOf(counters), termsOf(image, period), next, nowMs).map(
      ({ quantity }) => quantity,
    );
  };

  it("all is carried beyond the share of its time", () => {
    expect(carriedAfter(15 * DAY_MS, BY_MONTH, { "image/billing_month": used(80) })).toEqual([30]);
  });

  it("the share is of the whole period where the plan counts by it", () => {
    const counters = { "image/billing": used(50) };
    expect(carriedAfter(73 * DAY_MS, BY_PERIOD, counters, YEAR)).toEqual([30]);
  });

  it("the share is of a day where the plan counts by days, and none of what is at once", () => {
    const counters = { "image/billing": used(50) };
    expect(carriedAfter(12 * HOUR_MS, { limit: 10, period: "day" }, counters)).toEqual([45]);
    expect(carriedAfter(12 * HOUR_MS, { limit: 10, period: "at_once" }, counters)).toEqual([50]);
    expect(carriedAfter(12 * HOUR_MS, undefined, counters)).toEqual([50]);
  });

  it("nothing is carried that its time or overage paid for", () => {
    const counters = { "image/billing_month": used(50) };
    expect(carriedAfter(15 * DAY_MS, BY_MONTH, counters)).toEqual([]);
    const billed = { "image/billing_month": { ...used(150), billed: 50 } };
    expect(carriedAfter(15 * DAY_MS, BY_MONTH, billed)).toEqual([50]);
  });

  it("nothing is carried where it had no limit, or is of a window that is over", () => {
    const counters = { "image/billing_month": used(500) };
    expect(carriedAfter(DAY_MS, { limit: null, period: "month" }, counters)).toEqual([]);
    expect(carriedAfter(40 * DAY_MS, BY_MONTH, counters, YEAR)).toEqual([]);
    const old = { "image/billing": used(500, NOON - DAY_MS) };
    expect(carriedAfter(DAY_MS, BY_MONTH, old)).toEqual([]);
  });

  it("the larger of two kinds of windows is carried, and not both", () => {
    const both = { "image/billing_month": used(20), "image/billing": used(30) };
    const nowMs = NOON + 15 * DAY_MS;
    const current = termsOf({ limit: 0, period: "month" }, MONTH);
    const next = termsOf(BY_MONTH, startingAt(nowMs));
    expect(carryOver(stateOf(both), current, next, nowMs)).toEqual([
      {
        kind: "usage_carried",
        counter: "image/billing_month",
        periodStart: nowMs,
        quantity: 30,
        from: { counter: "image/billing", periodStart: NOON },
      },
    ]);
  });
});

describe("the next window", () => {
  const carriedInto = (image: Allowance | undefined, counters: Record<string, Counter>) =>
    carryOver(stateOf(counters), termsOf(BY_MONTH, MONTH), termsOf(image, MONTH), NOON).map(
      ({ counter, periodStart, quantity }) => [counter, periodStart, quantity],
    );
  const month = { "image/billing_month": used(60) };

  it("has what was carried into it before, or used in it, already", () => {
    const both = { ...month, "image/billing": used(20) };
    expect(carriedInto(BY_PERIOD, month)).toEqual([["image/billing", NOON, 60]]);
    expect(carriedInto(BY_PERIOD, both)).toEqual([["image/billing", NOON, 40]]);
    expect(carriedInto(BY_PERIOD, { ...month, "image/billing": used(60) })).toEqual([]);
    expect(carriedInto(BY_PERIOD, { ...month, "image/billing": used(70) })).toEqual([]);
  });

  it("is no earlier than the last that has begun, and has nothing of an earlier one", () => {
    const later = { ...month, "image/billing": used(20, NOON + 5) };
    expect(carriedInto(BY_PERIOD, later)).toEqual([["image/billing", NOON + 5, 40]]);
    const earlier = { ...month, "image/billing": used(20, NOON - 5) };
    expect(carriedInto(BY_PERIOD, earlier)).toEqual([["image/billing", NOON, 60]]);
  });

  it("is the whole period where the next plan counts by the day, or not at all", () => {
    for (const image of [{ limit: 5, period: "day" } as const, undefined])
      expect(carriedInto(image, month)).toEqual([["image/billing", NOON, 60]]);
  });

  it("of the same kind and time is the same window, into which nothing is carried", () => {
    expect(carriedInto(BY_MONTH, month)).toEqual([]);
  });
});

describe("use is carried over", () => {
  const state = stateOf({ "image/billing_month": used(150) });
  const carriedInto = (startsAt: number, isTrial = false) => {
    const period = isTrial ? ({ ...MONTH, isTrial } as const) : MONTH;
    const next = termsOf(BY_PERIOD, startingAt(startsAt));
    return carryOver(state, termsOf(BY_MONTH, period), next, NOON + DAY_MS).map(
      ({ quantity }) => quantity,
    );
  };

  it("into a period that begins within the old one", () => {
    expect(carriedInto(NOON)).toEqual([150]);
    expect(carriedInto(MONTH.endsAt - 1)).toEqual([51]);
  });

  it("and not into one that began before it, or that begins when it ends, or later", () => {
    expect(carriedInto(NOON - 1)).toEqual([]);
    expect(carriedInto(MONTH.endsAt)).toEqual([]);
    expect(carriedInto(MONTH.endsAt + DAY_MS)).toEqual([]);
  });

  it("of a trial within the same trial, and not into the period after it", () => {
    expect(carriedInto(NOON, true)).toEqual([150]);
    expect(carriedInto(NOON + DAY_MS, true)).toEqual([]);
  });

  it("of no plan without a paid period, and into none", () => {
    const paid = termsOf(BY_MONTH, MONTH);
    const unpaid = { allowances: { image: BY_MONTH }, billingPeriod: null };
    expect(carryOver(state, unpaid, paid, NOON)).toEqual([]);
    expect(carryOver(state, paid, unpaid, NOON)).toEqual([]);
  });
});
