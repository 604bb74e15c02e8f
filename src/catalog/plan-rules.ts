import type { Allowance, Entitlement } from "../meters.ts";
import type { Interval } from "../time.ts";
import { minorUnitDigits } from "../units.ts";
import type { PlanKind, Unlocks } from "./tables.ts";

interface CheckedPrice {
  readonly currency: string;
  readonly interval: Interval | null;
  readonly amountMinor: number;
  readonly overageAmountMinor: string | null;
  readonly meteredStripePriceId: string | null;
}

/** The parts of a plan that the rules check. */
interface CheckedPlan {
  readonly kind: PlanKind;
  readonly credits: number;
  readonly trialDays: number;
  readonly unlocks: Unlocks | null;
  readonly allowances: Entitlement["allowances"];
  readonly features: readonly string[];
  readonly prices: readonly CheckedPrice[];
}

/** A field that is wrong, and why. */
export interface PlanProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Checks the rules between a plan's fields: whether its prices, credits, trial, overage and
 * `unlocks` fit its kind, and each price its currency.
 * @returns the first problem, if any
 */
export function findPlanProblem(plan: CheckedPlan): PlanProblem | undefined {
  const { kind } = plan;
  if (kind === "free" && plan.prices.length > 0)
    return { path: ["prices"], message: "not allowed on a free plan" };
  // Credits are given for a payment. Given for a sign-up, they could be had again with each new
  // address.
  if (kind === "free" && plan.credits > 0)
    return { path: ["credits"], message: "not allowed on a free plan: use an allowance" };
  if (kind !== "subscription" && plan.trialDays > 0)
    return { path: ["trialDays"], message: "allowed only on a subscription" };
  return (
    findPeriodProblem(plan) ??
    findUnlocksProblem(plan) ??
    findOverageProblem(plan) ??
    findPricesProblem(plan)
  );
}

function findPeriodProblem({ kind, allowances }: CheckedPlan): PlanProblem | undefined {
  if (kind === "subscription") return undefined;
  const [meter] =
    Object.entries(allowances).find(([, allowance]) => allowance?.period === "billing") ?? [];
  return meter === undefined
    ? undefined
    : {
        path: ["allowances", meter, "period"],
        message: '"billing" is allowed only on a subscription: use "month"',
      };
}

function findUnlocksProblem({
  kind,
  unlocks,
  allowances,
  features,
}: CheckedPlan): PlanProblem | undefined {
  if (unlocks === null) return undefined;
  if (kind !== "one_time") return { path: ["unlocks"], message: "allowed only on a one-time plan" };
  // An entitling plan replaces the buyer's, which paying for one conversation must not.
  if (Object.keys(allowances).length > 0)
    return {
      path: ["allowances"],
      message:
        "not allowed on a plan that unlocks a conversation: it doesn't change the buyer's plan",
    };
  if (features.length > 0)
    return {
      path: ["features"],
      message:
        "not allowed on a plan that unlocks a conversation: it doesn't change the buyer's plan",
    };
  return undefined;
}

const hasOverage = (allowance: Allowance | undefined): boolean => allowance?.overage !== undefined;

function findOverageProblem({ kind, allowances, prices }: CheckedPlan): PlanProblem | undefined {
  const metered = Object.entries(allowances).filter(([, allowance]) => hasOverage(allowance));
  for (const [at, [meter, allowance]] of metered.entries()) {
    const path = ["allowances", meter, "overage"];
    if (kind !== "subscription" && kind !== "custom")
      return { path, message: "allowed only on a subscription" };
    if (allowance.limit === null) return { path, message: "not allowed on an unlimited allowance" };
    if (allowance.period === "at_once")
      return { path, message: "not allowed on an allowance that never resets" };
    // A price has one metered price beside it.
    if (at > 0) return { path, message: "only one allowance of a plan can have an overage" };
  }
  if (metered.length > 0) return undefined;
  for (const field of ["overageAmountMinor", "meteredStripePriceId"] as const) {
    const at = prices.findIndex((price) => price[field] !== null);
    if (at >= 0)
      return {
        path: ["prices", at, field],
        message: "none of the plan's allowances has an overage",
      };
  }
  return undefined;
}

function findPricesProblem({ kind, prices }: CheckedPlan): PlanProblem | undefined {
  const seen = new Set<string>();
  for (const [at, price] of prices.entries()) {
    if (kind === "subscription" && price.interval === null)
      return {
        path: ["prices", at, "interval"],
        message: "required: a subscription's price needs an interval",
      };
    if (kind === "one_time" && price.interval !== null)
      return {
        path: ["prices", at, "interval"],
        message: "must be null for a one-time plan",
      };
    const slotKey = `${price.currency} ${price.interval}`;
    if (seen.has(slotKey))
      return {
        path: ["prices", at],
        message: "must not repeat the currency and interval of an earlier price",
      };
    seen.add(slotKey);
    if (
      price.interval === null &&
      (price.overageAmountMinor !== null || price.meteredStripePriceId !== null)
    )
      return {
        path: ["prices", at, "interval"],
        message: "allowed only on a recurring price",
      };
    const problem = findAmountProblem(price.amountMinor, price.currency);
    if (problem !== undefined) return { path: ["prices", at, "amountMinor"], message: problem };
  }
  return undefined;
}

/**
 * Returns the step in which Stripe takes amounts of a currency, in minor units
 * (https://docs.stripe.com/currencies#special-cases, #three-decimal).
 */
function amountStep(currency: string): 1 | 10 | 100 {
  if (currency === "isk" || currency === "ugx") return 100;
  return minorUnitDigits(currency) === 3 ? 10 : 1;
}

/** Rounds an amount down to one that Stripe takes, in minor units. */
export const floorAmount = (amountMinor: number, currency: string): number =>
  amountMinor - (amountMinor % amountStep(currency));

/**
 * Checks that Stripe accepts an amount.
 * @returns the problem, if any
 */
export function findAmountProblem(amountMinor: number, currency: string): string | undefined {
  const step = amountStep(currency);
  if (amountMinor % step === 0) return undefined;
  return step === 100
    ? `must end in 00: ${currency} has no smaller unit`
    : `must end in 0: Stripe requires it for ${currency}`;
}
