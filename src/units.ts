/**
 * Value is always an integer number of microcredits: a price of n credits per million tokens is n
 * microcredits per token.
 */
export const MICROCREDITS_PER_CREDIT = 1_000_000;

/** Microcredits → credits as the wire shows them, a decimal number (500_500_000 → 500.5). */
export const toCredits = (microcredits: number): number => microcredits / MICROCREDITS_PER_CREDIT;

/**
 * Credits as a person writes them (9.99) → whole microcredits. At most six decimals are kept, the
 * rest is rounded.
 */
export const toMicrocredits = (credits: number): number =>
  Math.round(credits * MICROCREDITS_PER_CREDIT);

/**
 * Millionths of a currency's major unit: fine enough for what a vendor takes for a million tokens.
 */
const MICROS_PER_MAJOR = 1_000_000;

/** Money in millionths of its major unit → the decimal a person reads (150_000 → 0.15). */
export const fromMicros = (micros: number): number => micros / MICROS_PER_MAJOR;

/** Money as a person writes it, in the currency's major unit (0.15) → whole millionths of it. */
export const toMicros = (major: number): number => Math.round(major * MICROS_PER_MAJOR);

const NO_DECIMALS: ReadonlySet<string> = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "),
);
const THREE_DECIMALS: ReadonlySet<string> = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);

/**
 * How many decimals a currency's minor unit has at Stripe
 * (https://docs.stripe.com/currencies#zero-decimal): 0 in JPY, 3 in KWD, and 2 wherever Stripe
 * names no other, also where nobody uses them (HUF, IDR; ISK and UGX, whose two must be 00). The
 * runtime's own figures (Intl) are of how amounts are written, and differ for 19 currencies.
 */
export function minorUnitDigits(currency: string): number {
  const code = currency.toLowerCase();
  if (NO_DECIMALS.has(code)) return 0;
  return THREE_DECIMALS.has(code) ? 3 : 2;
}

/**
 * An amount as a person reads it, with the currency's decimals and its code ("1,000.00 EGP", "1,500
 * JPY", "3.070 KWD").
 */
export function formatAmount(amountMinor: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  const format = new Intl.NumberFormat("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${format.format(amountMinor / 10 ** digits)} ${currency.toUpperCase()}`;
}

/**
 * Minor units → the decimal a person reads, as a string with the currency's own number of decimals
 * (999, "usd" → "9.99").
 */
export const toMajor = (amountMinor: number, currency: string): string => {
  const digits = minorUnitDigits(currency);
  return (amountMinor / 10 ** digits).toFixed(digits);
};
