import type { PageContext } from "../context.ts";
import type { Chart } from "./chart.ts";
import { ChartFrame } from "./chart-frame.tsx";
import { layOutLines } from "./layout.ts";

/** Lines over time, one for each series. */
export function LineChart({ c, chart }: { c: PageContext; chart: Chart }) {
  const { axis, paths } = layOutLines(chart);
  return (
    <ChartFrame c={c} chart={chart} axis={axis} isStacked={false}>
      {paths.map((path, index) => (
        <path class={`chart-line series-${index + 1}`} d={path} />
      ))}
    </ChartFrame>
  );
}
