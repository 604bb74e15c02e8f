import { DAY_MS, HOUR_MS } from "../../time.ts";
import type { PageContext } from "../context.ts";
import { formatDay, formatTime } from "../format.ts";
import { formatHour, formatShortDay } from "../format-figures.ts";
import { type ChartPoint, type ChartSeries, sumExactly } from "./chart.ts";

/** A stretch of time that a chart shows, in UTC: whole days or whole hours. */
export interface TimeSpan {
  readonly fromMs: number;
  /** Where the last stretch ends. */
  readonly toMs: number;
  readonly bucket: "hour" | "day";
}

const stretchOf = ({ bucket }: TimeSpan): number => (bucket === "hour" ? HOUR_MS : DAY_MS);

/** Returns the time span of days that both are included. */
export const daySpan = (from: string, to: string): TimeSpan => ({
  fromMs: Date.parse(from),
  toMs: Date.parse(to) + DAY_MS,
  bucket: "day",
});

const countOf = (span: TimeSpan): number =>
  Math.max(0, Math.round((span.toMs - span.fromMs) / stretchOf(span)));

/** Lists the points of a time span. The one that is not over yet is partial. */
export const listPoints = (c: PageContext, span: TimeSpan, nowMs: number): ChartPoint[] =>
  Array.from({ length: countOf(span) }, (_, index) => {
    const atMs = span.fromMs + index * stretchOf(span);
    const iso = new Date(atMs).toISOString();
    const isPartial = atMs <= nowMs && nowMs < atMs + stretchOf(span);
    return span.bucket === "hour"
      ? { label: formatTime(c, iso), tick: formatHour(c, atMs), isPartial }
      : { label: formatDay(c, iso.slice(0, 10)), tick: formatShortDay(c, atMs), isPartial };
  });

/** A value of something at a time. */
export interface TimedValue {
  readonly at: string;
  readonly name: string;
  readonly value: number;
}

/**
 * Arranges values by their names, a series for each and a value for each stretch of the span: the
 * sum of those that fall into it, 0 where there is none. Pure.
 */
export function toSeries(rows: readonly TimedValue[], span: TimeSpan): ChartSeries[] {
  const indexOf = ({ at }: TimedValue): number =>
    Math.floor((Date.parse(at) - span.fromMs) / stretchOf(span));
  return [...Map.groupBy(rows, ({ name }) => name)].map(([label, group]) => {
    const byIndex = Map.groupBy(group, indexOf);
    const values = Array.from({ length: countOf(span) }, (_, index) =>
      sumExactly((byIndex.get(index) ?? []).map(({ value }) => value)),
    );
    return { label, values };
  });
}
