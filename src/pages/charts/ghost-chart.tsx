import type { Child } from "hono/jsx";
import { HEIGHT, layOutBars, WIDTH } from "./layout.ts";

/** The heights of the bars that stand where there are none yet. */
const HEIGHTS = [3, 5, 4, 7, 6, 8, 5, 9, 7, 10, 8, 11, 9, 12];

const { boxes } = layOutBars({
  label: "",
  points: HEIGHTS.map(() => ({ label: "", tick: "" })),
  series: [{ label: "", values: HEIGHTS }],
  format: String,
});

/** The place of a chart without values: pale bars, with what to do first in front of them. */
export const GhostChart = ({ children }: { children?: Child }) => (
  <div class="chart-ghost">
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {boxes.map(({ x, y, width, height }) => (
        <rect x={x} y={y} width={width} height={height} />
      ))}
    </svg>
    <div>{children}</div>
  </div>
);
