import type { enCharts } from "./en-charts.ts";

const ARROWS = { up: "↑", down: "↓", same: "" } as const;

/** The words of charts and of their figures in Arabic. */
export const arCharts: typeof enCharts = {
  date: "التاريخ",
  total: "الإجمالي",
  other: "أخرى",
  soFar: (label) => `${label} (حتى الآن)`,
  asTable: "عرض كجدول",
  explore: (label) => `${label}: القيم`,
  range: "الفترة",
  ranges: {
    "24h": "24 ساعة",
    "7d": "7 أيام",
    "30d": "30 يومًا",
    "90d": "90 يومًا",
    mtd: "هذا الشهر",
  },
  before: {
    "24h": "الـ24 ساعة السابقة",
    "7d": "الأيام السبعة السابقة",
    "30d": "الـ30 يومًا السابقة",
    "90d": "الـ90 يومًا السابقة",
    mtd: "الفترة السابقة",
    custom: "الفترة السابقة",
  },
  nothing: "لا شيء لعرضه في هذه الفترة.",
  change: ({ direction, percent }, before) =>
    direction === "same"
      ? "دون تغيير"
      : percent === null
        ? `لا شيء في ${before}`
        : `${ARROWS[direction]} ${percent}% عن ${before}`,
};
