/** Value is always an integer number of microcredits: a price of n credits per million tokens is n microcredits per token. */
export const MICROCREDITS_PER_CREDIT = 1_000_000;

/** Microcredits → credits as the wire shows them, a decimal number (500_500_000 → 500.5). */
export const toCredits = (microcredits: number): number => microcredits / MICROCREDITS_PER_CREDIT;

/** Credits as a person writes them (9.99) → whole microcredits. At most six decimals are kept, the rest is rounded. */
export const toMicrocredits = (credits: number): number => Math.round(credits * MICROCREDITS_PER_CREDIT);

/**
 * How many decimals a currency's minor unit has, by ISO 4217 as the runtime knows it, with Stripe's exceptions
 * (https://docs.stripe.com/currencies#zero-decimal): ISK and UGX are sent with two decimals that must be 00.
 */
export function minorUnitDigits(currency: string): number {
  const code = currency.toUpperCase();
  if (code === "ISK" || code === "UGX") return 2;
  return new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Minor units → the decimal a person reads, as a string with the currency's own number of decimals (999, "usd" → "9.99"). */
export const toMajor = (amountMinor: number, currency: string): string => {
  const digits = minorUnitDigits(currency);
  return (amountMinor / 10 ** digits).toFixed(digits);
};
