import type { PageContext } from "../context.ts";
import type { Chart } from "./chart.ts";
import { ChartFrame } from "./chart-frame.tsx";
import { layOutBars } from "./layout.ts";

/** The lines over a bar whose time is not over yet. */
const Hatch = ({ id }: { id: string }) => (
  <pattern id={id} width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect class="chart-hatch" width="4" height="8" />
  </pattern>
);

/** Bars over time, in which the series are stacked. Values that may still grow are hatched. */
export function BarChart({ c, id, chart }: { c: PageContext; id: string; chart: Chart }) {
  const { axis, boxes } = layOutBars(chart);
  const hatchId = `${id}-hatch`;
  const partial = boxes.filter(({ pointIndex }) => chart.points[pointIndex]?.isPartial === true);
  return (
    <ChartFrame c={c} chart={chart} axis={axis} isStacked>
      {partial.length === 0 ? null : <Hatch id={hatchId} />}
      {boxes.map(({ seriesIndex, x, y, width, height }) => (
        <rect class={`series-${seriesIndex + 1}`} x={x} y={y} width={width} height={height} />
      ))}
      {partial.map(({ x, y, width, height }) => (
        <rect fill={`url(#${hatchId})`} x={x} y={y} width={width} height={height} />
      ))}
    </ChartFrame>
  );
}
