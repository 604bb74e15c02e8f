import { UTC_NAMES } from "../../languages.ts";
import type { PageContext } from "../context.ts";
import { formatTime, localeOf } from "../format.ts";

/** Formats a time briefly in UTC: the time alone today, else the day, and its year if another. */
function formatBrief(c: PageContext, iso: string, nowMs: number): string {
  const date = new Date(iso);
  const now = new Date(nowMs);
  const isToday = date.toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
  const isThisYear = date.getUTCFullYear() === now.getUTCFullYear();
  const format = new Intl.DateTimeFormat(localeOf(c), {
    timeZone: "UTC",
    ...(isToday
      ? { hour: "numeric", minute: "2-digit" }
      : { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) }),
  });
  return isToday ? `${format.format(date)} ${UTC_NAMES[c.var.language]}` : format.format(date);
}

/**
 * A point in time: short, and in full on hover. `page.js` shows it in the reader's time zone;
 * without a script it is in UTC, as all periods are.
 */
export const Time = ({ c, iso }: { c: PageContext; iso: string }) => (
  <time datetime={iso} title={formatTime(c, iso)} data-time={localeOf(c)}>
    {formatBrief(c, iso, Date.now())}
  </time>
);
