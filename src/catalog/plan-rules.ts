import { minorUnitDigits } from "../units.ts";
import type { Interval, PlanKind } from "./tables.ts";

/** What of a plan the rules look at. */
interface RuledPlan {
  readonly kind: PlanKind;
  readonly credits: number;
  readonly trialDays: number;
  readonly prices: readonly { readonly currency: string; readonly interval: Interval | null; readonly amountMinor: number }[];
}

/** What is wrong, and with which field. */
export interface PlanProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * What no field can tell alone: whether a plan's prices, credits and trial fit its kind, and each price its currency.
 * @returns the first thing that is wrong, if any
 */
export function planProblem(plan: RuledPlan): PlanProblem | undefined {
  const { kind } = plan;
  if (kind === "free" && plan.prices.length > 0) return { path: ["prices"], message: "a free plan has none" };
  // Credits are given for a payment; given for a sign-up, they would be had again with every new address.
  if (kind === "free" && plan.credits > 0) return { path: ["credits"], message: "a free plan gives none: use an allowance" };
  if (kind !== "subscription" && plan.trialDays > 0) return { path: ["trialDays"], message: "only a subscription has a trial" };

  const seen = new Set<string>();
  for (const [at, price] of plan.prices.entries()) {
    if (kind === "subscription" && price.interval === null)
      return { path: ["prices", at, "interval"], message: "a subscription's price says how often it is paid" };
    if (kind === "one_time" && price.interval !== null)
      return { path: ["prices", at, "interval"], message: "a one-time plan is paid once: the interval is null" };
    const sameWay = `${price.currency} ${price.interval}`;
    if (seen.has(sameWay)) return { path: ["prices", at], message: "has the currency and interval of an earlier price" };
    seen.add(sameWay);
    const problem = amountProblem(price.amountMinor, price.currency);
    if (problem !== undefined) return { path: ["prices", at, "amountMinor"], message: problem };
  }
  return undefined;
}

/** Amounts that Stripe refuses (https://docs.stripe.com/currencies#special-cases, #three-decimal). */
function amountProblem(amountMinor: number, currency: string): string | undefined {
  if ((currency === "isk" || currency === "ugx") && amountMinor % 100 !== 0)
    return `${currency} has no smaller unit: the last two digits are 00`;
  if (minorUnitDigits(currency) === 3 && amountMinor % 10 !== 0) return `Stripe takes ${currency} with a last digit of 0 only`;
  return undefined;
}
