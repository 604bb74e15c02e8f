import { DAY_MS, toUtcDay } from "../time.ts";
import type { PageContext } from "./context.ts";

const DAYS_OF = { "7d": 7, "30d": 30, "90d": 90 } as const;
type RangeName = "24h" | keyof typeof DAYS_OF | "mtd";

/** The time that a page of figures shows: days in UTC, both included, or the last 24 hours. */
export interface Range {
  readonly name: RangeName | "custom";
  readonly from: string;
  readonly to: string;
  /** As many days, right before. */
  readonly previous: { readonly from: string; readonly to: string };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const isDay = (text: string | undefined): text is string =>
  text !== undefined && DAY.test(text) && !Number.isNaN(Date.parse(text));

/** Returns the days of a range, and as many before. Pure. */
function withPrevious(name: Range["name"], from: string, to: string): Range {
  const beforeMs = Date.parse(from) - DAY_MS;
  const lengthMs = Date.parse(to) - Date.parse(from);
  return {
    name,
    from,
    to,
    previous: { from: toUtcDay(beforeMs - lengthMs), to: toUtcDay(beforeMs) },
  };
}

/**
 * Chooses the range that an address asks for: `range` by its name, or `from` and `to`; the first of
 * `names` where it says neither. The wire refuses days that are none, or too many. Pure.
 */
export function chooseRange(
  query: { readonly range?: string; readonly from?: string; readonly to?: string },
  names: readonly RangeName[],
  fallback: RangeName,
  nowMs: number,
): Range {
  const today = toUtcDay(nowMs);
  const { from, to } = query;
  if (isDay(from) || isDay(to)) {
    const end = isDay(to) ? to : today;
    return withPrevious(
      "custom",
      isDay(from) ? from : toUtcDay(Date.parse(end) - 29 * DAY_MS),
      end,
    );
  }
  const name = names.find((one) => one === query.range) ?? fallback;
  if (name === "mtd") return withPrevious(name, `${today.slice(0, 7)}-01`, today);
  const days = name === "24h" ? 2 : DAYS_OF[name];
  return withPrevious(name, toUtcDay(nowMs - (days - 1) * DAY_MS), today);
}

/** Returns the page's address with other fields in its query; undefined removes one. */
export function hrefWith(
  c: PageContext,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams(c.req.query());
  for (const [name, value] of Object.entries({ ...changes, cursor: undefined, lang: undefined })) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  return query.size === 0 ? c.req.path : `${c.req.path}?${query.toString()}`;
}
