import { DAY_MS } from "../../time.ts";

const DAYS = ["today", "yesterday", "week", "month", "earlier"] as const;
/** How long ago something began, in UTC. */
export type DayGroup = (typeof DAYS)[number];

function dayOf(createdAt: string, nowMs: number): DayGroup {
  const days = Math.floor(nowMs / DAY_MS) - Math.floor(Date.parse(createdAt) / DAY_MS);
  if (days <= 0) return "today";
  if (days === 1) return "yesterday";
  if (days <= 7) return "week";
  return days <= 30 ? "month" : "earlier";
}

/** Groups what is listed newest first by the day on which it began. Some groups may be empty. */
export const groupByDay = <T extends { readonly createdAt: string }>(
  newestFirst: readonly T[],
  nowMs: number,
): { readonly day: DayGroup; readonly items: readonly T[] }[] =>
  DAYS.map((day) => ({
    day,
    items: newestFirst.filter(({ createdAt }) => dayOf(createdAt, nowMs) === day),
  }));
