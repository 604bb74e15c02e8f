import { scaleBand, scaleLinear } from "d3-scale";
import { line, stack } from "d3-shape";
import type { Chart } from "./chart.ts";

/** The box in which charts are drawn. The page stretches it to its own width and height. */
export const WIDTH = 1000;
export const HEIGHT = 240;
/** The part of a point's width that is left free beside its bar. */
const GAP = 0.3;
/** About how many steps the value axis has. */
const STEPS = 3;
/** About how many labels fit on the time axis. */
const TICKS = 6;

/** Cuts coordinates to what a screen can show, which keeps the page small. */
const round = (value: number): number => Math.round(value * 10) / 10;

/** A value axis from 0 to a round number, with ticks at equal distances, lowest first. */
export interface ValueAxis {
  readonly ticks: readonly number[];
  /** Returns the distance of a value from the top of the box. */
  readonly toY: (value: number) => number;
}

/** Lays out a value axis for values up to `max`. Pure. */
export function layOutAxis(max: number, isWhole: boolean): ValueAxis {
  // With fewer whole steps than ticks there would be a fraction between them.
  const top = isWhole || max <= 0 ? Math.max(STEPS, max) : max;
  const scale = scaleLinear([0, top], [HEIGHT, 0]).nice(STEPS);
  return { ticks: scale.ticks(STEPS), toY: (value) => round(scale(value)) };
}

/** A rectangle of a bar chart, of one series at one point. */
export interface BarBox {
  readonly pointIndex: number;
  readonly seriesIndex: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

const bandOf = (count: number) =>
  scaleBand<number>(
    Array.from({ length: count }, (_, index) => index),
    [0, WIDTH],
  )
    .paddingInner(GAP)
    .paddingOuter(GAP / 2);

/** Lays out bars, in which the series of a point are stacked from the first. Pure. */
export function layOutBars({ points, series, isWhole = false }: Chart): {
  readonly axis: ValueAxis;
  readonly boxes: readonly BarBox[];
} {
  const totals = points.map((_, index) => sum(series.map(({ values }) => values[index] ?? 0)));
  const axis = layOutAxis(Math.max(0, ...totals), isWhole);
  const band = bandOf(points.length);
  const layers = stack<number, number>()
    .keys(series.map((_, index) => index))
    .value((pointIndex, seriesIndex) => series[seriesIndex]?.values[pointIndex] ?? 0)(
    points.map((_, index) => index),
  );
  const boxes = layers.flatMap((layer) =>
    layer.flatMap(([low, high], pointIndex): BarBox[] => {
      const top = axis.toY(high);
      const height = round(axis.toY(low) - top);
      if (low === high) return [];
      return [
        {
          pointIndex,
          seriesIndex: layer.key,
          x: round(band(pointIndex) ?? 0),
          y: height < 1 ? round(top - 1 + height) : top,
          width: round(band.bandwidth()),
          height: Math.max(1, height),
        },
      ];
    }),
  );
  return { axis, boxes };
}

/** Lays out one line for each series, through the middle of each point's width. Pure. */
export function layOutLines({ points, series, isWhole = false }: Chart): {
  readonly axis: ValueAxis;
  readonly paths: readonly string[];
} {
  const axis = layOutAxis(Math.max(0, ...series.flatMap(({ values }) => values)), isWhole);
  const step = WIDTH / Math.max(1, points.length);
  const draw = line<number>()
    .x((_, index) => round((index + 0.5) * step))
    .y((value) => axis.toY(value))
    .digits(1);
  return { axis, paths: series.map(({ values }) => draw([...values]) ?? "") };
}

/**
 * Chooses the points whose names stand on the axis, the last one among them. Pure.
 * @returns by the index of the point whether its name stays on a narrow screen too
 */
export function chooseTicks(count: number): ReadonlyMap<number, { readonly isMinor: boolean }> {
  const step = Math.max(1, Math.ceil(count / TICKS));
  const chosen = new Map<number, { readonly isMinor: boolean }>();
  for (let index = count - 1, nth = 0; index >= 0; index -= step, nth++)
    chosen.set(index, { isMinor: nth % 2 === 1 });
  return chosen;
}
