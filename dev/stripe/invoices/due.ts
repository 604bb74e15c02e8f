import { minimumCharge } from "../currencies.ts";

/**
 * What is to be paid of a total, and what the customer's balance is afterwards. A balance below 0
 * is credit.
 */
export interface Due {
  readonly amountDueMinor: number;
  readonly endingBalanceMinor: number;
}

/**
 * Sets a total off against the customer's balance. A total below 0 becomes credit, and one that is
 * too small to be charged is owed until the next invoice
 * (docs.stripe.com/billing/customer/balance).
 */
export function computeDue(totalMinor: number, balanceMinor: number, currency: string): Due {
  if (totalMinor === 0) return { amountDueMinor: 0, endingBalanceMinor: balanceMinor };
  const owedMinor = totalMinor + balanceMinor;
  const isCharged = totalMinor > 0 && owedMinor >= minimumCharge(currency);
  return isCharged
    ? { amountDueMinor: owedMinor, endingBalanceMinor: 0 }
    : { amountDueMinor: 0, endingBalanceMinor: owedMinor };
}
