/** A place on the time axis of a chart. */
export interface ChartPoint {
  /** The name of the point in full, as its hover card and its row in the table have it. */
  readonly label: string;
  /** The short name on the axis. */
  readonly tick: string;
  /** Whether its time is not over yet, so that its values may still grow. */
  readonly isPartial?: boolean;
}

/** The values of one thing, a value for each point. */
export interface ChartSeries {
  readonly label: string;
  readonly values: readonly number[];
}

/** What a chart shows. Values are at least 0. */
export interface Chart {
  /** What is measured, and of which time: the name of the picture. */
  readonly label: string;
  readonly points: readonly ChartPoint[];
  readonly series: readonly ChartSeries[];
  /** Formats a value with its unit. */
  readonly format: (value: number) => string;
  /** Formats a value of the axis; `format` where it is absent. */
  readonly formatTick?: (value: number) => string;
  /** Whether values are whole numbers, so that the axis has no fractions. */
  readonly isWhole?: boolean;
}

/** The most series that a chart tells apart by colour. */
const SERIES_MAX = 6;

/** Sums numbers that have at most six decimals, without the error of binary fractions. */
export const sumExactly = (values: readonly number[]): number =>
  Math.round(values.reduce((total, value) => total + value * 1e6, 0)) / 1e6;

/**
 * Sorts series by their totals, highest first, and merges those past the colours into one. Pure.
 * @param otherLabel the name of the merged series
 */
export function limitSeries(series: readonly ChartSeries[], otherLabel: string): ChartSeries[] {
  const sorted = series.toSorted((a, b) => sumExactly(b.values) - sumExactly(a.values));
  if (sorted.length <= SERIES_MAX) return sorted;
  const rest = sorted.slice(SERIES_MAX - 1);
  const values = (rest[0]?.values ?? []).map((_, index) =>
    sumExactly(rest.map((one) => one.values[index] ?? 0)),
  );
  return [...sorted.slice(0, SERIES_MAX - 1), { label: otherLabel, values }];
}

/** Returns whether a chart has nothing to show. */
export const isEmptyChart = ({ series }: Pick<Chart, "series">): boolean =>
  series.every(({ values }) => values.every((value) => value === 0));
