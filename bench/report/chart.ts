import { figure, ratio } from "./ratios.ts";
import type { Results, Sample, Slot } from "./results.ts";
import { NAMES } from "./tables.ts";

const WIDTH = 900;
const LABELS = 400;
const BAR = 15;
const GAP = 5;
const GROUP_GAP = 14;
const TOP = 64;
const COLOURS: Readonly<Record<Sample["target"], string>> = {
  floor: "#9aa5b1",
  rpc: "#c7ced6",
  rows: "#c7ced6",
  bare: "#c7ced6",
  farebox: "#0b7a75",
  portkey: "#d9822b",
  "portkey-new": "#edc08f",
};
const ORDER = ["floor", "farebox", "portkey", "portkey-new"] as const;

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const svgText = (x: number, y: number, content: string, attributes = ""): string =>
  `<text x="${x}" y="${y}" ${attributes}>${escape(content)}</text>`;

/**
 * Selects the kinds of chat that are compared with the floor, at 16 connections; paced ones at the
 * number of connections they have.
 */
const comparedSlots = (results: Results): Slot[] =>
  results.slots.filter(
    ({ id, connections, samples }) =>
      (connections === 16 || id.startsWith("paced")) &&
      samples.some(({ target }) => target === "floor"),
  );

interface Bar {
  readonly target: Sample["target"];
  readonly value: number;
  readonly label: string;
}

/**
 * Returns one bar for each target, of a slot's throughput relative to the floor's, or of its CPU if
 * the pace determines the throughput.
 */
function bars(slot: Slot): Bar[] {
  const paced = slot.id.startsWith("paced");
  return ORDER.filter((target) => slot.samples.some((sample) => sample.target === target)).map(
    (target) => {
      const value = ratio(slot, target, { target: "floor" }, paced ? "cpuMs" : "perSecond").median;
      const cpu = `${figure(slot, target, "cpuMs").toFixed(2)} ms CPU`;
      const each = paced ? cpu : `${figure(slot, target, "perSecond").toFixed(0)}/s, ${cpu}`;
      return { target, value, label: `${value.toFixed(2)} · ${each}` };
    },
  );
}

/** Draws docs/performance.svg, with everything relative to the floor, which is 1. */
export function chart(results: Results): string {
  const groups = comparedSlots(results).map((slot) => ({ slot, bars: bars(slot) }));
  const largest = Math.max(1, ...groups.flatMap((group) => group.bars.map(({ value }) => value)));
  const full = WIDTH - LABELS - 170;
  const fastest = Math.max(
    1,
    ...groups.flatMap(({ slot, bars: slotBars }) =>
      slot.id.startsWith("paced") ? [] : slotBars.map(({ value }) => value),
    ),
  );
  const parts: string[] = [];
  let y = TOP;
  for (const { slot, bars: slotBars } of groups) {
    const paced = slot.id.startsWith("paced");
    const title = paced ? `${slot.title}: CPU (less is better)` : `${slot.title}: throughput`;
    parts.push(svgText(LABELS - 12, y + BAR - 3, title, 'text-anchor="end"'));
    for (const { target, value, label } of slotBars) {
      // Throughput and CPU are different quantities, each with a scale of its own.
      const width = Math.max(1, (value / (paced ? largest : fastest)) * full).toFixed(1);
      parts.push(
        `<rect x="${LABELS}" y="${y}" width="${width}" height="${BAR}" fill="${COLOURS[target]}"/>`,
      );
      parts.push(svgText(LABELS + Number(width) + 6, y + BAR - 3, label, 'class="value"'));
      y += BAR + GAP;
    }
    y += GROUP_GAP;
  }
  const legend = ORDER.map((target, index) => {
    const x = LABELS + index * 110;
    const box = `<rect x="${x}" y="34" width="12" height="12" fill="${COLOURS[target]}"/>`;
    return `${box}${svgText(x + 18, 44, NAMES[target])}`;
  });
  const heading =
    `One chat, by a Worker that only forwards ` +
    `(${results.date}, ${results.machine.cores} cores, ratios of medians)`;
  const size = `viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}"`;
  const label = `role="img" aria-label="${escape(heading)}"`;
  const textStyle = "text { font: 13px system-ui, sans-serif; fill: #1f2933 }";
  const valueStyle = ".value { font-size: 12px; fill: #52606d }";
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${label}>
<style>${textStyle} ${valueStyle}</style>
<rect width="100%" height="100%" fill="#fff"/>
${svgText(12, 22, heading, 'font-weight="bold"')}
${[...legend, ...parts].join("\n")}
</svg>
`;
}
