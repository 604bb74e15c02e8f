import type { UpstreamCost } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import { fromMicros, MICROCREDITS_PER_CREDIT } from "../units.ts";

/**
 * What a million tokens' price and a credit's value make of a day's use, as the wire shows it:
 * amounts in the currency's major unit.
 */
export interface Margin {
  readonly upstreamCost: {
    readonly currency: string;
    readonly amount: number;
    readonly isEstimate: boolean;
  } | null;
  readonly margin: { readonly currency: string; readonly amount: number } | null;
}

/**
 * What is left of the credits that were charged after the upstream was paid, where both are known
 * and of one currency. An estimate at any rate: what a credit is worth is what the operator says,
 * and what allowances paid is in no credits. Pure.
 */
export function toMargin(
  microcredits: number,
  cost: UpstreamCost | null,
  creditValue: Config["CREDIT_VALUE"],
): Margin {
  if (cost === null) return { upstreamCost: null, margin: null };
  const { currency, amountMicros, isEstimate } = cost;
  const upstreamCost = { currency, amount: fromMicros(amountMicros), isEstimate };
  if (creditValue === null || creditValue.currency !== currency)
    return { upstreamCost, margin: null };
  const unit = BigInt(MICROCREDITS_PER_CREDIT);
  const earnedMicros = Number(
    (BigInt(microcredits) * BigInt(creditValue.micros) + unit / 2n) / unit,
  );
  return { upstreamCost, margin: { currency, amount: fromMicros(earnedMicros - amountMicros) } };
}
