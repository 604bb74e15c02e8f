import type { Interval } from "../../time.ts";

const MONTHS_PER_INTERVAL: Readonly<Record<Interval, number>> = {
  day: 12 / 365,
  week: 12 * (7 / 365),
  month: 1,
  year: 12,
};

/**
 * Returns the monthly amount of a recurring price, on average over a year. Not rounded. 0 for a
 * price that is paid once.
 */
export const monthlyMinor = ({
  amountMinor,
  interval,
}: {
  amountMinor: number;
  interval: Interval | null;
}): number => (interval === null ? 0 : amountMinor / MONTHS_PER_INTERVAL[interval]);
