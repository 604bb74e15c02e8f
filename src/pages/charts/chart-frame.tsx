import type { Child } from "hono/jsx";
import type { PageContext } from "../context.ts";
import { type Column, Table } from "../table.tsx";
import { type Chart, type ChartPoint, sumExactly } from "./chart.ts";
import { chooseTicks, HEIGHT, type ValueAxis, WIDTH } from "./layout.ts";

const nameOf = (c: PageContext, { label, isPartial = false }: ChartPoint): string =>
  isPartial ? c.var.words.charts.soFar(label) : label;

function Legend({ chart }: { chart: Chart }) {
  if (chart.series.length < 2) return null;
  return (
    <ul class="chart-legend">
      {chart.series.map(({ label }, index) => (
        <li class={`series-${index + 1}`}>{label}</li>
      ))}
    </ul>
  );
}

/** The hover card of one point: its time, and the value of each series that has one. */
function HoverCard({ c, chart, index }: { c: PageContext; chart: Chart; index: number }) {
  const { series, format } = chart;
  const point = chart.points[index];
  const values = series.map(({ label, values }, nth) => ({
    label,
    nth,
    value: values[index] ?? 0,
  }));
  const shown = series.length === 1 ? values : values.filter(({ value }) => value !== 0);
  return (
    <div class="chart-card">
      <strong>{point === undefined ? "" : nameOf(c, point)}</strong>
      {shown.length === 0 ? <span>{format(0)}</span> : null}
      {shown.map(({ label, nth, value }) => (
        <span class={`series-${nth + 1}`}>
          {series.length === 1 ? null : `${label} `}
          <b>{format(value)}</b>
        </span>
      ))}
    </div>
  );
}

/** The values of a chart as a table, for readers who cannot see it or want the exact figures. */
function ChartTable({ c, chart, isStacked }: { c: PageContext; chart: Chart; isStacked: boolean }) {
  const { charts: words } = c.var.words;
  const rows = chart.points.map((point, index) => ({ point, index }));
  const columns: Column<(typeof rows)[number]>[] = [
    { head: words.date, cell: ({ point }) => nameOf(c, point), isRowHead: true },
    ...chart.series.map(({ label, values }) => ({
      head: label,
      cell: ({ index }: (typeof rows)[number]) => chart.format(values[index] ?? 0),
      isFigure: true,
    })),
  ];
  if (isStacked && chart.series.length > 1)
    columns.push({
      head: words.total,
      cell: ({ index }) =>
        chart.format(sumExactly(chart.series.map(({ values }) => values[index] ?? 0))),
      isFigure: true,
    });
  return (
    <details class="chart-table">
      <summary>{words.asTable}</summary>
      <Table isWide rows={rows} columns={columns} />
    </details>
  );
}

/**
 * A chart with its legend, axes, hover cards and table. Text is HTML, so that it keeps its size
 * however narrow the picture is; the picture is mirrored where the page runs from right to left.
 */
export function ChartFrame({
  c,
  chart,
  axis,
  isStacked,
  children,
}: {
  c: PageContext;
  chart: Chart;
  axis: ValueAxis;
  isStacked: boolean;
  children?: Child;
}) {
  const { points, label, format, formatTick = format } = chart;
  const ticks = chooseTicks(points.length);
  return (
    <figure class="chart">
      <Legend chart={chart} />
      <div class="chart-plot">
        <ol class="chart-y" aria-hidden="true">
          {axis.ticks.toReversed().map((tick) => (
            <li>{formatTick(tick)}</li>
          ))}
        </ol>
        <div class="chart-canvas" data-chart={c.var.words.charts.explore(label)}>
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={label}
          >
            {axis.ticks.map((tick) => (
              <path class="chart-grid" d={`M0,${axis.toY(tick)}H${WIDTH}`} />
            ))}
            {children}
          </svg>
          <ol class="chart-marks" aria-hidden="true">
            {points.map((_, index) => (
              <li class={index * 2 >= points.length ? "late" : undefined}>
                <HoverCard c={c} chart={chart} index={index} />
              </li>
            ))}
          </ol>
        </div>
        <ol class="chart-x" aria-hidden="true">
          {points.map(({ tick }, index) => {
            const chosen = ticks.get(index);
            return (
              <li class={chosen?.isMinor === true ? "minor" : undefined}>
                {chosen === undefined ? null : <span>{tick}</span>}
              </li>
            );
          })}
        </ol>
      </div>
      <ChartTable c={c} chart={chart} isStacked={isStacked} />
    </figure>
  );
}
