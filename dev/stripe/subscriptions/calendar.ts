import type { Price } from "../wire.ts";

/** The interval of a price. */
export type Recurring = Pick<NonNullable<Price["recurring"]>, "interval" | "interval_count">;

/** A period from `start` to `end` in unix seconds, without the end. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

const DAY_SECONDS = 86_400;
const LENGTH_SECONDS: Readonly<Record<string, number>> = {
  day: DAY_SECONDS,
  week: 7 * DAY_SECONDS,
  month: 31 * DAY_SECONDS,
  year: 366 * DAY_SECONDS,
};

/**
 * Returns the start of the n-th period after the anchor. In a month without the anchor's day the
 * period ends on the last day, and the next one on the anchor's day again: 31 January, 28 February,
 * 31 March (docs.stripe.com/billing/subscriptions/billing-cycle).
 */
export function periodStart(
  anchorSeconds: number,
  { interval, interval_count: count }: Recurring,
  n: number,
): number {
  if (interval === "day" || interval === "week")
    return anchorSeconds + n * count * (LENGTH_SECONDS[interval] ?? DAY_SECONDS);
  const anchor = new Date(anchorSeconds * 1000);
  const months = anchor.getUTCMonth() + n * count * (interval === "year" ? 12 : 1);
  const lastDay = new Date(Date.UTC(anchor.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const day = Math.min(anchor.getUTCDate(), lastDay);
  const midnight = Date.UTC(anchor.getUTCFullYear(), months, day) / 1000;
  return midnight + (anchorSeconds % DAY_SECONDS);
}

/** Returns the period that contains a time, counted from the anchor. */
export function periodAt(anchorSeconds: number, recurring: Recurring, atSeconds: number): Period {
  const longest = (LENGTH_SECONDS[recurring.interval] ?? DAY_SECONDS) * recurring.interval_count;
  let n = Math.floor((atSeconds - anchorSeconds) / longest);
  while (periodStart(anchorSeconds, recurring, n + 1) <= atSeconds) n += 1;
  return {
    start: periodStart(anchorSeconds, recurring, n),
    end: periodStart(anchorSeconds, recurring, n + 1),
  };
}

/** Returns the fraction of a period that is left at a time, to the second. */
export const fractionLeft = ({ start, end }: Period, atSeconds: number): number =>
  Math.min(1, Math.max(0, (end - atSeconds) / (end - start)));

/** Formats a day as Stripe does in a line: `05 Jun 2026`. */
export const formatDay = (seconds: number): string =>
  new Date(seconds * 1000).toUTCString().slice(5, 16);
