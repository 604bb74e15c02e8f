import { type Allowance, type AllowancePeriod, METERS, type Meter } from "../meters.ts";

/** The words that a catalog may say of a meter in place of a limit. */
export const ALLOWANCE_WORDS = ["none", "unlimited"] as const;
export type AllowanceWord = (typeof ALLOWANCE_WORDS)[number];

/** The period that a word's allowance is shown with. It limits nothing. */
const WORD_PERIODS: Readonly<Record<Meter, AllowancePeriod>> = {
  message: "day",
  token: "day",
  tool: "day",
  agent: "at_once",
  character: "month",
  image: "month",
  model_3d: "month",
};

/** Returns the allowance that a word stands for. */
export const toAllowance = (meter: Meter, word: AllowanceWord): Allowance => ({
  limit: word === "none" ? 0 : null,
  period: WORD_PERIODS[meter],
});

type Allowances = {
  readonly [meter in Meter]?: Pick<Allowance, "limit"> | undefined;
};

/**
 * Returns whether leaving a meter out of a plan leaves it without a limit: agents always, and each
 * of messages and tokens where the other one limits chats. All other meters are not included then.
 */
const isOpenWhenUnnamed = (allowances: Allowances, meter: Meter): boolean => {
  if (meter === "agent" || meter === "character") return true;
  if (meter === "message") return allowances.token !== undefined;
  return meter === "token" && allowances.message !== undefined;
};

/**
 * Returns how much of a meter a plan includes: its limit, infinite without one, 0 where the meter
 * is not included.
 */
export function includedOf(allowances: Allowances, meter: Meter): number {
  const allowance = allowances[meter];
  if (allowance !== undefined) return allowance.limit ?? Number.POSITIVE_INFINITY;
  return isOpenWhenUnnamed(allowances, meter) ? Number.POSITIVE_INFINITY : 0;
}

/**
 * Finds the meter that a plan has to name and does not: one that another plan limits, and that
 * would have no limit where it is left out. So no plan includes more than a dearer one by silence.
 * @param others the allowances of the other plans that a user can have
 */
export const findUnnamedMeter = (
  allowances: Allowances,
  others: readonly Allowances[],
): Meter | undefined =>
  METERS.find(
    (meter) =>
      allowances[meter] === undefined &&
      isOpenWhenUnnamed(allowances, meter) &&
      others.some((other) => (other[meter]?.limit ?? null) !== null),
  );
