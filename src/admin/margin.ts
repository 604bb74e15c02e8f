import type { UpstreamCost } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import { fromMicros, MICROCREDITS_PER_CREDIT } from "../units.ts";
import type { MarginView } from "./wire.ts";

/**
 * Returns what credits are worth, by the setting CREDIT_VALUE; null where that is not known. Pure.
 */
export function toEarned(
  microcredits: number,
  creditValue: Config["CREDIT_VALUE"],
): { readonly currency: string; readonly amount: number } | null {
  if (creditValue === null) return null;
  return {
    currency: creditValue.currency,
    amount: fromMicros(valueMicros(microcredits, creditValue.micros)),
  };
}

function valueMicros(microcredits: number, microsPerCredit: number): number {
  const unit = BigInt(MICROCREDITS_PER_CREDIT);
  return Number((BigInt(microcredits) * BigInt(microsPerCredit) + unit / 2n) / unit);
}

/**
 * Returns the cost of a day's use of a model, and the margin: the value of the credits that were
 * charged, less that cost. Null where one of them is not known, or their currencies differ. It is
 * an estimate in any case: the operator says what a credit is worth, and use that an allowance paid
 * charges no credits. Pure.
 */
export function toMargin(
  microcredits: number,
  cost: UpstreamCost | null,
  creditValue: Config["CREDIT_VALUE"],
): MarginView {
  if (cost === null) return { upstreamCost: null, margin: null };
  const { currency, amountMicros, isEstimate } = cost;
  const upstreamCost = { currency, amount: fromMicros(amountMicros), isEstimate };
  if (creditValue === null || creditValue.currency !== currency)
    return { upstreamCost, margin: null };
  const earnedMicros = valueMicros(microcredits, creditValue.micros);
  return { upstreamCost, margin: { currency, amount: fromMicros(earnedMicros - amountMicros) } };
}
