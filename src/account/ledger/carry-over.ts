import {
  type Allowance,
  type BillingPeriod,
  type Entitlement,
  METERS,
  type Meter,
  periodEnd,
} from "../../meters.ts";
import { billingWindow } from "./allowance-window.ts";
import { counterName } from "./allowances.ts";
import type { Entry } from "./entries.ts";
import type { AccountState, CounterRef } from "./state.ts";

type Terms = Pick<Entitlement, "allowances" | "billingPeriod">;
type PaidTerms = Terms & { readonly billingPeriod: BillingPeriod };
type CarryEntry = Extract<Entry, { kind: "usage_carried" }>;

/** The kinds of allowances that go by a billing period, with the names of their counters. */
const COUNTED_BY_PERIOD = [
  { period: "month", counterPeriod: "billing_month" },
  { period: "billing", counterPeriod: "billing" },
] as const;

/** Returns how long a window of an allowance takes, in ms; infinity for one that never ends. */
function windowLengthMs(
  { period }: Allowance,
  billingPeriod: BillingPeriod,
  nowMs: number,
): number {
  if (period !== "month" && period !== "billing")
    return periodEnd(period, 0) ?? Number.POSITIVE_INFINITY;
  const { startsAt, endsAt } = billingWindow(period, billingPeriod, nowMs);
  return endsAt - startsAt;
}

/**
 * Returns the share of an allowance that belongs to a part of the time in which it can be used,
 * rounded down: floor(limit × elapsed ÷ length), in exact integers.
 */
export function shareOfAllowance(limit: number, elapsedMs: number, lengthMs: number): number {
  if (elapsedMs <= 0 || !Number.isFinite(lengthMs)) return 0;
  return Number((BigInt(limit) * BigInt(elapsedMs)) / BigInt(lengthMs));
}

/** Returns where the use of a meter counts under terms that have a billing period. */
function targetCounter(meter: Meter, { allowances, billingPeriod }: PaidTerms, nowMs: number) {
  const period = allowances[meter]?.period;
  const kind = COUNTED_BY_PERIOD.find((one) => one.period === period);
  // A plan that counts by the day, or not at all, keeps it for the plan after it.
  if (kind === undefined)
    return { counter: counterName(meter, "billing"), startsAt: billingPeriod.startsAt };
  const { startsAt } = billingWindow(kind.period, billingPeriod, nowMs);
  return { counter: counterName(meter, kind.counterPeriod), startsAt };
}

function carryMeter(
  state: AccountState,
  meter: Meter,
  current: PaidTerms,
  next: PaidTerms,
  nowMs: number,
): CarryEntry | null {
  const { billingPeriod } = current;
  const allowance = current.allowances[meter];
  if (allowance?.limit === null) return null;
  const target = targetCounter(meter, next, nowMs);
  const existing = state.counters[target.counter];
  // Like `allowanceUsage`: a window that has begun is not left for one that began before it.
  const startsAt = Math.max(target.startsAt, existing?.periodStart ?? 0);
  const lengthMs =
    allowance === undefined
      ? Number.POSITIVE_INFINITY
      : windowLengthMs(allowance, billingPeriod, nowMs);
  let most: { quantity: number; from: CounterRef } | null = null;
  for (const { period, counterPeriod } of COUNTED_BY_PERIOD) {
    const counter = counterName(meter, counterPeriod);
    const source = state.counters[counter];
    if (source === undefined) continue;
    const { periodStart, used, billed = 0 } = source;
    if (periodStart < billingWindow(period, billingPeriod, nowMs).startsAt) continue;
    if (counter === target.counter && periodStart === startsAt) continue;
    const paid = shareOfAllowance(allowance?.limit ?? 0, startsAt - periodStart, lengthMs);
    const quantity = used - billed - paid;
    if (most === null || quantity > most.quantity)
      most = { quantity, from: { counter, periodStart } };
  }
  if (most === null) return null;
  const quantity = most.quantity - (existing?.periodStart === startsAt ? existing.used : 0);
  if (quantity <= 0) return null;
  const { counter } = target;
  return { kind: "usage_carried", counter, periodStart: startsAt, quantity, from: most.from };
}

/**
 * Returns the entries that carry use over to the windows of the next entitlement. At Stripe a
 * change in the middle of a paid period gives the money for the rest of it back, so what was used
 * beyond the part of the allowance that stays paid for counts in the next window:
 *
 *     carried = max(0, used − billed − floor(limit × elapsed ÷ length))
 *
 * `elapsed` is the time from the start of the old window to the start of the new one, so within one
 * billing period, where a plan counts in another kind of window, all of it is carried. `billed` is
 * overage, which has been paid for. A renewal (the next period begins when the old one ends, or
 * later) carries nothing, and neither does the end of a trial, for which no money is given back.
 * Pure.
 */
export function carryOver(
  state: AccountState,
  current: Terms,
  next: Terms,
  nowMs: number,
): CarryEntry[] {
  const [from, to] = [current.billingPeriod ?? null, next.billingPeriod ?? null];
  if (from === null || to === null) return [];
  if (to.startsAt < from.startsAt || to.startsAt >= from.endsAt) return [];
  if (from.isTrial === true && to.startsAt !== from.startsAt) return [];
  const [before, after] = [
    { ...current, billingPeriod: from },
    { ...next, billingPeriod: to },
  ];
  return METERS.flatMap((meter) => carryMeter(state, meter, before, after, nowMs) ?? []);
}
