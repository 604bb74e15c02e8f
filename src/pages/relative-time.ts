import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../time.ts";
import type { PageContext } from "./context.ts";
import { localeOf } from "./format.ts";

const UNITS = [
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
] as const;

/** Says how far off a time is: "in 13 hours". Times are rounded up, so that nobody is too early. */
export function formatRelativeTime(c: PageContext, atMs: number, nowMs: number): string {
  const leftMs = Math.max(0, atMs - nowMs);
  const [unit, lengthMs] = UNITS.find(([, ms]) => leftMs >= ms) ?? (["second", SECOND_MS] as const);
  return new Intl.RelativeTimeFormat(localeOf(c), { numeric: "always" }).format(
    Math.ceil(leftMs / lengthMs),
    unit,
  );
}
