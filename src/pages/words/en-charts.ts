import type { Change } from "../charts/compare.ts";

const ARROWS = { up: "↑", down: "↓", same: "" } as const;

/** The words of charts and of their figures in English. */
export const enCharts = {
  date: "Date",
  total: "Total",
  other: "Other",
  soFar: (label: string) => `${label} (so far)`,
  asTable: "Show as table",
  /** The name of the area in which the arrow keys move from point to point. */
  explore: (label: string) => `${label}: values`,
  range: "Time range",
  ranges: {
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
    "90d": "90 days",
    mtd: "This month",
  },
  /** The time before, as a comparison names it. */
  before: {
    "24h": "previous 24 hours",
    "7d": "previous 7 days",
    "30d": "previous 30 days",
    "90d": "previous 90 days",
    mtd: "previous period",
    custom: "previous period",
  },
  nothing: "Nothing to show for this time.",
  change: ({ direction, percent }: Change, before: string) =>
    direction === "same"
      ? "No change"
      : percent === null
        ? `None in the ${before}`
        : `${ARROWS[direction]} ${percent}% vs. ${before}`,
};
