import type { Customer } from "../wire.ts";

type Balances = Pick<Customer, "balance" | "currency" | "invoice_credit_balance">;

/**
 * Returns a customer's balance in a currency: there is one of each, and `balance` is that of the
 * default currency. A negative one is credit (docs.stripe.com/billing/customer/balance).
 */
export function balanceIn(customer: Balances, currency: string): number {
  const credit = customer.invoice_credit_balance?.[currency];
  if (credit !== undefined) return 0 - credit;
  return customer.currency === currency ? customer.balance : 0;
}

/** Returns the fields of a customer with another balance in a currency. */
export function withBalance(customer: Balances, currency: string, balance: number): Balances {
  const isDefault = (customer.currency ?? currency) === currency;
  return {
    currency: customer.currency ?? currency,
    balance: isDefault ? balance : customer.balance,
    // Here credit is positive.
    invoice_credit_balance: { ...customer.invoice_credit_balance, [currency]: 0 - balance },
  };
}
