import type { PageContext } from "./context.ts";
import { formatMoney, formatNumber, localeOf } from "./format.ts";

/** Rounds credits down to hundredths, so that no balance looks larger than what can be spent. */
const floorToHundredths = (credits: number): number =>
  Math.floor(Math.round(credits * 1e6) / 1e4) / 100;

/**
 * Formats credits with two decimals, rounded down. What is less than a hundredth is shown whole: it
 * is not nothing.
 */
export function formatCredits(c: PageContext, credits: number): string {
  if (credits !== 0 && Math.abs(credits) < 0.01) return formatNumber(c, credits);
  const rounded = floorToHundredths(credits);
  return new Intl.NumberFormat(localeOf(c), {
    minimumFractionDigits: Number.isInteger(rounded) ? 0 : 2,
    maximumFractionDigits: 2,
  }).format(rounded);
}

/** Formats a value of an axis briefly: 1.5K, 20M. */
export const formatBrief = (c: PageContext, value: number): string =>
  new Intl.NumberFormat(localeOf(c), { notation: "compact", maximumSignificantDigits: 3 }).format(
    value,
  );

/** Formats money of an axis briefly. Minor units that are not needed are left out. */
export const formatBriefMoney = (c: PageContext, amountMinor: number, currency: string): string =>
  formatMoney(c, Math.round(amountMinor), currency);

/** Formats a duration in seconds, with its unit in the reader's language. */
export const formatSeconds = (c: PageContext, ms: number): string =>
  new Intl.NumberFormat(localeOf(c), {
    style: "unit",
    unit: "second",
    unitDisplay: "narrow",
    maximumFractionDigits: ms < 10_000 ? 2 : 0,
  }).format(ms / 1000);

/** Formats a share of a whole, from 0 to 1. */
export const formatShare = (c: PageContext, share: number): string =>
  new Intl.NumberFormat(localeOf(c), { style: "percent", maximumFractionDigits: 1 }).format(share);

/** Formats a day without its year, for an axis. */
export const formatShortDay = (c: PageContext, ms: number): string =>
  new Intl.DateTimeFormat(localeOf(c), { day: "numeric", month: "short", timeZone: "UTC" }).format(
    ms,
  );

/** Formats an hour of the day in UTC, for an axis. */
export const formatHour = (c: PageContext, ms: number): string =>
  new Intl.DateTimeFormat(localeOf(c), {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "UTC",
  }).format(ms);

/** The units of a duration, longest first, in ms. */
const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** Formats how far away a time is: "in 13 hours". */
export function formatDistance(c: PageContext, iso: string, nowMs: number): string {
  const distanceMs = Date.parse(iso) - nowMs;
  const [unit, unitMs] = UNITS.find(([, ms]) => Math.abs(distanceMs) >= ms) ?? ["minute", 60_000];
  return new Intl.RelativeTimeFormat(localeOf(c), { numeric: "auto" }).format(
    Math.round(distanceMs / unitMs),
    unit,
  );
}
