import { minorUnitDigits } from "../units.ts";
import type { PageContext } from "./context.ts";

/** Whose rules figures and times are written by. Digits are 0 to 9 in every language. */
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
    // In a line that reads from right to left, US$ would be shown as $US.
    currencyDisplay: c.var.language === "ar" ? "code" : "symbol",
    ...decimals,
  });

/** An amount of money, with the currency's own decimals. */
export function formatMoney(c: PageContext, amountMinor: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  const minDigits = amountMinor % 10 ** digits === 0 ? 0 : digits;
  const decimals = { minimumFractionDigits: minDigits, maximumFractionDigits: digits };
  return currencyFormat(c, currency, decimals).format(amountMinor / 10 ** digits);
}

/**
 * An amount in the currency's major unit that may be far below its minor one, as a few tokens cost:
 * with four decimals at most.
 */
export const formatFineMoney = (c: PageContext, amount: number, currency: string): string =>
  currencyFormat(c, currency, { maximumFractionDigits: 4 }).format(amount);

/**
 * What one of many things costs, given in decimal minor units that may be far below one: "0.05" is
 * a twentieth of a cent.
 */
export function formatUnitPrice(c: PageContext, amountMinor: string, currency: string): string {
  const digits = minorUnitDigits(currency);
  // Twelve figures are more than such a price has, and fewer than a division by a hundred gets
  // wrong.
  const amount = Number((Number(amountMinor) / 10 ** digits).toPrecision(12));
  return currencyFormat(c, currency, {
    minimumFractionDigits: digits,
    maximumFractionDigits: 14,
  }).format(amount);
}

/** Credits or any other figure, with as many decimals as it has, six at most. */
export const formatNumber = (c: PageContext, value: number): string =>
  new Intl.NumberFormat(localeOf(c), { maximumFractionDigits: 6 }).format(value);

/** A point in time, in UTC as all periods are, which it says. */
export function formatTime(c: PageContext, iso: string): string {
  const format = new Intl.DateTimeFormat(localeOf(c), {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${format.format(new Date(iso))} UTC`;
}

/** A day, given as `2026-11-20`. */
export const formatDay = (c: PageContext, date: string): string =>
  new Intl.DateTimeFormat(localeOf(c), { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(`${date}T00:00:00Z`),
  );
