import type { Allowance, Entitlement, Meter } from "../../meters.ts";
import type { MeterUsage } from "../types.ts";
import { allowanceWindow, type CounterPeriod } from "./allowance-window.ts";
import type { MeterShare } from "./entries.ts";
import { type AccountState, usedInPeriod } from "./state.ts";

/**
 * Returns the name of the counter of a meter. There is one for each period, so that plans with
 * different periods do not mix.
 */
export const counterName = (meter: Meter, period: CounterPeriod): string => `${meter}/${period}`;

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
  { billingPeriod }: Pick<Entitlement, "billingPeriod">,
  nowMs: number,
) {
  const window = allowanceWindow(allowance.period, billingPeriod ?? null, nowMs);
  const counter = counterName(meter, window.counterPeriod);
  // A window that has begun is not left for one that began before it, whose count is gone: another
  // subscription's may come back.
  const start = Math.max(window.startsAt, state.counters[counter]?.periodStart ?? 0);
  const used = usedInPeriod(state.counters[counter], start);
  const left = allowance.limit === null ? Number.POSITIVE_INFINITY : allowance.limit - used;
  const overageLimit =
    allowance.overage === undefined ? 0 : (allowance.overage.limit ?? Number.POSITIVE_INFINITY);
  return {
    counter,
    counterPeriod: window.counterPeriod,
    periodStart: start,
    used,
    left,
    leftWithOverage: left + overageLimit,
    resetsAt: window.endsAt,
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
  plan: Pick<Entitlement, "billingPeriod">,
  nowMs: number,
): MeterUsage {
  const { used, resetsAt } = allowanceUsage(state, meter, allowance, plan, nowMs);
  return { meter, used, limit: allowance.limit, period: allowance.period, resetsAt };
}
