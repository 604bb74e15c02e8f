import { perDollar } from "./exchange-rates.ts";

const TWO_DIGITS =
  `aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn
  bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd
  gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl
  mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk
  php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top
  try ttd twd tzs uah ugx usd uyu uzs wst xcd xcg yer zar zmw`.split(/\s+/);
const NO_DIGITS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");
const THREE_DIGITS = "bhd jod kwd omr tnd".split(" ");

/**
 * The number of decimal digits of each currency in the amounts that Stripe takes. ISK and UGX have
 * two there.
 */
const DIGITS = new Map<string, number>([
  ...TWO_DIGITS.map((code): [string, number] => [code, 2]),
  ...NO_DIGITS.map((code): [string, number] => [code, 0]),
  ...THREE_DIGITS.map((code): [string, number] => [code, 3]),
]);

/** The minimum charges that Stripe publishes, in minor units. */
const MINIMUM_CHARGES = new Map<string, number>(
  `usd 50 aed 200 aud 50 bgn 100 brl 50 cad 50 chf 50 czk 1500 dkk 250 eur 50 gbp 30 hkd 400
  huf 17500 inr 50 jpy 50 mxn 1000 myr 200 nok 300 nzd 50 pln 200 ron 200 sek 300 sgd 50
  thb 1000`
    .split(/\s+(?=[a-z])/)
    .map((pair) => pair.split(" "))
    .map(([code = "", amount]): [string, number] => [code, Number(amount)]),
);

export const isCurrency = (code: string): boolean => DIGITS.has(code);

const digitsOf = (currency: string): number => DIGITS.get(currency) ?? 2;

/**
 * The amounts of a currency are multiples of this: three-decimal currencies are charged in tens,
 * and ISK and UGX, which have two digits and no cents, in hundreds
 * (docs.stripe.com/currencies#special-cases).
 */
export const amountStep = (currency: string): number =>
  currency === "isk" || currency === "ugx" ? 100 : digitsOf(currency) === 3 ? 10 : 1;

/** Rounds a computed amount to one that its currency can be charged in. */
export function roundAmount(amountMinor: number, currency: string): number {
  const step = amountStep(currency);
  return Math.round(amountMinor / step) * step;
}

/** The minimum charge in dollars, the settlement currency of this account. */
const MINIMUM_DOLLARS = 0.5;

/**
 * Returns the minimum charge in a currency, in minor units: the published one, or what converts to
 * the minimum of the settlement currency
 * (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
 */
function minimumCharge(currency: string): number {
  const step = amountStep(currency);
  const converted = MINIMUM_DOLLARS * perDollar(currency) * 10 ** digitsOf(currency);
  return MINIMUM_CHARGES.get(currency) ?? Math.ceil(converted / step) * step;
}

/** Returns whether an amount is too small to be charged. */
export const isTooSmall = (amountMinor: number, currency: string): boolean =>
  amountMinor < minimumCharge(currency);

/** Returns whether Stripe can charge an amount, or the reason why not. */
export function checkChargeable(
  amountMinor: number,
  currency: string,
): "ok" | "too_small" | "too_large" | "not_rounded" {
  if (amountMinor > 99_999_999) return "too_large";
  if (isTooSmall(amountMinor, currency)) return "too_small";
  return amountMinor % amountStep(currency) === 0 ? "ok" : "not_rounded";
}

/** Formats an amount with the digits of its currency: `$9.99`, `¥500`, `KWD 1.250`. */
export function formatMoney(amountMinor: number, currency: string, moreDigits = 0): string {
  const digits = digitsOf(currency);
  const format = {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits + moreDigits,
  } as const;
  return new Intl.NumberFormat("en", format).format(amountMinor / 10 ** digits);
}

/** Says in Stripe's words how much `what` has to be at least, as an amount in a currency. */
export function describeMinimum(what: string, amountMinor: number, currency: string): string {
  if (MINIMUM_CHARGES.has(currency))
    return `${what} at least ${formatMoney(minimumCharge(currency), currency)} ${currency}`;
  const dollars = amountMinor / 10 ** digitsOf(currency) / perDollar(currency);
  return (
    "Amount must convert to at least 50 cents. " +
    `${formatMoney(amountMinor, currency)} converts to approximately $${dollars.toFixed(2)}.`
  );
}
