/** What can be counted, the periods it is counted in, and what a plan includes of it. */
export const METERS = [
  "message",
  "token",
  "agent",
  "character",
  "tool",
  "image",
  "model_3d",
] as const;
export type Meter = (typeof METERS)[number];

/** `at_once` counts what exists now (agents); the others start again at each boundary, in UTC. */
export const PERIODS = ["minute", "hour", "day", "month", "at_once"] as const;
export type Period = (typeof PERIODS)[number];

/** The periods of an allowance: `billing` is the period that a subscription was last paid for. */
export const ALLOWANCE_PERIODS = [
  "minute",
  "hour",
  "day",
  "month",
  "billing",
  "at_once",
] as const satisfies readonly (Period | "billing")[];
export type AllowancePeriod = (typeof ALLOWANCE_PERIODS)[number];

/** `limit: null` is unlimited. */
export interface Allowance {
  readonly limit: number | null;
  readonly period: AllowancePeriod;
  /**
   * Use past the limit that neither allowance nor credits pay for: let through to `limit` more a
   * period, and billed by meter events.
   */
  readonly overage?: { readonly eventName: string; readonly limit: number | null };
}

/** A period of a subscription that was paid for, in ms. `endsAt` belongs to the next one. */
export interface BillingPeriod {
  readonly startsAt: number;
  readonly endsAt: number;
  /** A trial: no money is given back for what is left of it. */
  readonly isTrial?: true;
}

/** Returns whether two billing periods are the same. */
export const isSameBillingPeriod = (
  a: BillingPeriod | null | undefined,
  b: BillingPeriod | null | undefined,
): boolean => a?.startsAt === b?.startsAt && a?.endsAt === b?.endsAt && a?.isTrial === b?.isTrial;

/**
 * What a plan lets its user do: pushed into the user's credit account, which alone decides by it.
 */
export interface Entitlement {
  readonly planId: string;
  /** The plan's own version, so that an older push never replaces a newer one. */
  readonly planVersion: number;
  readonly allowances: { readonly [meter in Meter]?: Allowance };
  /** Models that the allowance pays for; `null` is all of them. Credits pay for any model. */
  readonly models: readonly string[] | null;
  readonly features: readonly string[];
  readonly requestsPerMinute: number;
  /**
   * The last paid period of the subscription that the plan comes from: allowances of a `month` and
   * of `billing` go by it. Null for any other plan, whose months are those of the calendar. Absent
   * where it is not known: then what the account knows of this plan stays.
   */
  readonly billingPeriod?: BillingPeriod | null;
}

/** When the period that holds `nowMs` began, in ms; 0 for `at_once`, which never starts again. */
export function periodStart(period: Period, nowMs: number): number {
  const now = new Date(nowMs);
  switch (period) {
    case "minute":
      return nowMs - (nowMs % 60_000);
    case "hour":
      return nowMs - (nowMs % 3_600_000);
    case "day":
      return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
    case "month":
      return Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
    case "at_once":
      return 0;
  }
}

/** When that period ends and the next begins, in ms; `null` for `at_once`. */
export function periodEnd(period: Period, nowMs: number): number | null {
  const start = periodStart(period, nowMs);
  const from = new Date(start);
  switch (period) {
    case "minute":
      return start + 60_000;
    case "hour":
      return start + 3_600_000;
    case "day":
      return start + 86_400_000;
    case "month":
      return Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1);
    case "at_once":
      return null;
  }
}
