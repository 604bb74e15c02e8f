import { isTooSmall } from "../currencies.ts";

/**
 * The amount due of a total, and the customer's balance afterwards. A negative balance is credit.
 */
export interface Due {
  readonly amountDueMinor: number;
  readonly endingBalanceMinor: number;
}

/**
 * Applies the customer's balance to a total. A negative total becomes credit, and one that is too
 * small to be charged is owed until the next invoice (docs.stripe.com/billing/customer/balance).
 */
export function computeDue(totalMinor: number, balanceMinor: number, currency: string): Due {
  if (totalMinor === 0) return { amountDueMinor: 0, endingBalanceMinor: balanceMinor };
  const owedMinor = totalMinor + balanceMinor;
  const isCharged = totalMinor > 0 && !isTooSmall(owedMinor, currency);
  return isCharged
    ? { amountDueMinor: owedMinor, endingBalanceMinor: 0 }
    : { amountDueMinor: 0, endingBalanceMinor: owedMinor };
}
