import { DAY_MS, MINUTE_MS } from "../../time.ts";

/** Stripe takes no usage that is older than 35 days. */
const MAX_EVENT_AGE_MS = 34 * DAY_MS;

/**
 * For how long usage of a period that ended is still reported as of that period. Stripe finalizes
 * its invoice after an hour, and takes a while to sum usage up.
 */
const LATE_AFTER_MS = 30 * MINUTE_MS;

/** A subscription's period, as it was last synced. */
interface Period {
  readonly currentPeriodStart: number;
  readonly currentPeriodEnd: number;
}

/**
 * Decides the time at which usage is reported to Stripe. Stripe bills usage with the invoice of its
 * period, and usage that comes once that invoice is final with none: so late usage is reported as
 * used now, for the next invoice. A report keeps its identifier whatever its time, and Stripe
 * counts it once.
 * @param periods those of the user's running subscriptions
 */
export function decideUsageTime(usedAt: number, periods: readonly Period[], nowMs: number): number {
  const isTooOld = usedAt < nowMs - MAX_EVENT_AGE_MS;
  const isLate = periods
    .flatMap(({ currentPeriodStart, currentPeriodEnd }) => [currentPeriodStart, currentPeriodEnd])
    .some((boundary) => usedAt < boundary && nowMs >= boundary + LATE_AFTER_MS);
  return isTooOld || isLate ? nowMs : usedAt;
}
