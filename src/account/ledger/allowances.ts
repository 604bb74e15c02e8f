import { type Allowance, type Meter, type Period, periodEnd, periodStart } from "../../meters.ts";
import type { MeterUsage } from "../types.ts";
import type { MeterShare } from "./entries.ts";
import { type AccountState, usedInPeriod } from "./state.ts";

/**
 * Returns the name of the counter of a meter. There is one for each period, so that plans with
 * different periods do not mix.
 */
export const counterName = (meter: Meter, period: Period): string => `${meter}/${period}`;

/** Returns whether a counter counts tokens, whose unused part a chat gives back. */
export const isTokenCounter = (counter: string): boolean => counter.startsWith("token/");

/**
 * Returns the use of an allowance in the current period. `left` is infinite without a limit, and
 * below 0 when more was used, by overage or under a plan that included more. `leftWithOverage` is
 * the total that the plan still lets through.
 */
export function allowanceUsage(
  state: AccountState,
  meter: Meter,
  allowance: Allowance,
  nowMs: number,
) {
  const counter = counterName(meter, allowance.period);
  const start = periodStart(allowance.period, nowMs);
  const used = usedInPeriod(state.counters[counter], start);
  const left = allowance.limit === null ? Number.POSITIVE_INFINITY : allowance.limit - used;
  const overageLimit =
    allowance.overage === undefined ? 0 : (allowance.overage.limit ?? Number.POSITIVE_INFINITY);
  const resetsAt = periodEnd(allowance.period, nowMs);
  return {
    counter,
    periodStart: start,
    used,
    left,
    leftWithOverage: left + overageLimit,
    resetsAt,
  };
}

/** Returns the share of an allowance that a hold or a use takes. */
export function toMeterShare(
  allowance: Allowance,
  usage: ReturnType<typeof allowanceUsage>,
  quantity: number,
): MeterShare {
  const share = { counter: usage.counter, periodStart: usage.periodStart, quantity };
  const { limit, overage } = allowance;
  if (overage === undefined || limit === null) return share;
  const past = Math.min(quantity, Math.max(0, quantity - usage.left));
  return { ...share, overage: { eventName: overage.eventName, included: limit, past } };
}

/** Returns the use of an allowance as a user sees it. */
export function toMeterUsage(
  state: AccountState,
  meter: Meter,
  allowance: Allowance,
  nowMs: number,
): MeterUsage {
  const { used, resetsAt } = allowanceUsage(state, meter, allowance, nowMs);
  return { meter, used, limit: allowance.limit, period: allowance.period, resetsAt };
}
