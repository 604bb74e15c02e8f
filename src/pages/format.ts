import { UTC_NAMES } from "../languages.ts";
import { minorUnitDigits } from "../units.ts";
import type { PageContext } from "./context.ts";

/** Returns the locale of numbers and times. Digits are 0 to 9 in every language. */
export const localeOf = ({ var: { language } }: PageContext): string =>
  language === "ar" ? "ar-u-nu-latn" : language;

const currencyFormat = (
  c: PageContext,
  currency: string,
  decimals: Intl.NumberFormatOptions,
): Intl.NumberFormat =>
  new Intl.NumberFormat(localeOf(c), {
    style: "currency",
    currency,
    // In right-to-left text US$ would be shown as $US.
    currencyDisplay: c.var.language === "ar" ? "code" : "symbol",
    ...decimals,
  });

/** Formats an amount of money with the currency's decimals. */
export function formatMoney(c: PageContext, amountMinor: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  const minDigits = amountMinor % 10 ** digits === 0 ? 0 : digits;
  const decimals = { minimumFractionDigits: minDigits, maximumFractionDigits: digits };
  return currencyFormat(c, currency, decimals).format(amountMinor / 10 ** digits);
}

/**
 * Formats an amount in the currency's major unit with at most four decimals. The price of a few
 * tokens is far below a minor unit.
 */
export const formatFineMoney = (c: PageContext, amount: number, currency: string): string =>
  currencyFormat(c, currency, { maximumFractionDigits: 4 }).format(amount);

/** Formats the price of one unit, given in decimal minor units: "0.05" is a twentieth of a cent. */
export function formatUnitPrice(c: PageContext, amountMinor: string, currency: string): string {
  const digits = minorUnitDigits(currency);
  // Such a price has fewer than twelve significant digits, and the error of the division comes
  // after them.
  const amount = Number((Number(amountMinor) / 10 ** digits).toPrecision(12));
  return currencyFormat(c, currency, {
    minimumFractionDigits: digits,
    maximumFractionDigits: 14,
  }).format(amount);
}

/** Formats credits or another number, with at most six decimals. */
export const formatNumber = (c: PageContext, value: number): string =>
  new Intl.NumberFormat(localeOf(c), { maximumFractionDigits: 6 }).format(value);

/** Formats a point in time in UTC, as all periods are, and names the zone. */
export function formatTime(c: PageContext, iso: string): string {
  const format = new Intl.DateTimeFormat(localeOf(c), {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${format.format(new Date(iso))} ${UTC_NAMES[c.var.language]}`;
}

/** Formats a day that is given as `2026-11-20`. */
export const formatDay = (c: PageContext, date: string): string =>
  new Intl.DateTimeFormat(localeOf(c), { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(`${date}T00:00:00Z`),
  );

/** Isolates a text, so that one of the other direction stays whole within a line. */
export const isolate = (text: string): string => `\u2068${text}\u2069`;
