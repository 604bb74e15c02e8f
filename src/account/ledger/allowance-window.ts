import {
  type AllowancePeriod,
  type BillingPeriod,
  type Period,
  periodEnd,
  periodStart,
} from "../../meters.ts";
import { DAY_MS } from "../../time.ts";

/**
 * The periods that counters are kept by. `billing_month` is a month of a subscription, apart from
 * those of the calendar: a plan that changes between the two begins to count anew.
 */
export type CounterPeriod = Period | "billing" | "billing_month";

/** The time in which an allowance can be used before it starts again. Times in ms. */
export interface AllowanceWindow {
  readonly counterPeriod: CounterPeriod;
  readonly startsAt: number;
  /** Null where no time starts it again: for `at_once`, and while a renewal is not paid. */
  readonly endsAt: number | null;
}

/** Returns the given day of the month that comes `months` later, or that month's last day. */
function addMonths(fromMs: number, months: number, day: number): number {
  const from = new Date(fromMs);
  const [year, month] = [from.getUTCFullYear(), from.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(day, lastDay)) + (fromMs % DAY_MS);
}

const toDay = (ms: number): number => new Date(ms).getUTCDate();

function countMonths(fromMs: number, toMs: number): number {
  const [from, to] = [new Date(fromMs), new Date(toMs)];
  return (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
}

/**
 * Returns the day of the month on which the months of a period begin. A period that began on the
 * last day of a short month may belong to a later day: 28 Feb to 31 Mar is one month of the 31st.
 */
function anchorDay({ startsAt, endsAt }: BillingPeriod): number {
  const day = Math.max(toDay(startsAt), toDay(endsAt));
  const isWhole =
    addMonths(startsAt, 0, day) === startsAt &&
    addMonths(startsAt, countMonths(startsAt, endsAt), day) === endsAt;
  return isWhole ? day : toDay(startsAt);
}

/**
 * Returns the month of a billing period that holds a time in it. The last ends with the period: the
 * next payment starts the allowance again.
 */
function billingMonth(period: BillingPeriod, atMs: number): BillingPeriod {
  const day = anchorDay(period);
  const monthStart = (months: number) => addMonths(period.startsAt, months, day);
  const later = countMonths(period.startsAt, atMs);
  const months = monthStart(later) > atMs ? later - 1 : later;
  return {
    startsAt: monthStart(months),
    endsAt: Math.min(monthStart(months + 1), period.endsAt),
  };
}

/**
 * Returns the last window of a billing period that has begun: the whole of it for `billing`, its
 * month for `month`. Of a period that is yet to begin it is the first.
 */
export function billingWindow(
  period: "month" | "billing",
  billingPeriod: BillingPeriod,
  nowMs: number,
): BillingPeriod {
  if (period === "billing") return billingPeriod;
  const atMs = Math.max(billingPeriod.startsAt, Math.min(nowMs, billingPeriod.endsAt - 1));
  return billingMonth(billingPeriod, atMs);
}

/**
 * Returns the window of an allowance at a time. With a billing period, a `month` is a month of it.
 * Once that is over, its last window stays until a payment for the next one is known: what is left
 * of it can be used, and nothing more is given for time that nobody paid for.
 */
export function allowanceWindow(
  period: AllowancePeriod,
  billingPeriod: BillingPeriod | null,
  nowMs: number,
): AllowanceWindow {
  if (period !== "month" && period !== "billing")
    return {
      counterPeriod: period,
      startsAt: periodStart(period, nowMs),
      endsAt: periodEnd(period, nowMs),
    };
  if (billingPeriod === null)
    return {
      counterPeriod: "month",
      startsAt: periodStart("month", nowMs),
      endsAt: periodEnd("month", nowMs),
    };
  const { startsAt, endsAt } = billingWindow(period, billingPeriod, nowMs);
  return {
    counterPeriod: period === "billing" ? "billing" : "billing_month",
    startsAt,
    endsAt: nowMs < endsAt ? endsAt : null,
  };
}
