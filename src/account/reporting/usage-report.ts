import { and, asc, desc, eq, getTableColumns, gte, lt, lte, sum } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Database } from "../../db.ts";
import { inList } from "../../in-list.ts";
import { toUtcDay } from "../../time.ts";
import type { DailyUsage, UpstreamUsage, UsageSums } from "../ledger/state.ts";
import { activeUsers, upstreamTotals, usageDaily, usageMonthly, usageTotals } from "./tables.ts";

/** UTC days, `YYYY-MM-DD`, both included. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** Totals of usage, as the accounts reported them: up to some minutes ago. */
export interface UsageTotals extends UsageSums {
  readonly users: number;
}

const isInRange = (column: AnySQLiteColumn, { from, to }: DateRange) =>
  and(gte(column, from), lte(column, to));

/** Lists the usage of all users by day and model. */
export const listUsageByModel = (
  db: Database,
  days: DateRange,
): Promise<(UsageTotals & { day: string; model: string })[]> =>
  db
    .select()
    .from(usageTotals)
    .where(isInRange(usageTotals.day, days))
    .orderBy(asc(usageTotals.day), asc(usageTotals.model));

/** Lists the parts of the usage of all users that are known by upstream, by day and model. */
export const listUsageByUpstream = (
  db: Database,
  days: DateRange,
): Promise<(UpstreamUsage & { day: string; model: string })[]> => {
  const { day, model, upstream, currency } = upstreamTotals;
  return db
    .select()
    .from(upstreamTotals)
    .where(isInRange(day, days))
    .orderBy(asc(day), asc(model), asc(upstream), asc(currency));
};

/** The users of each month among whom the ones with the most usage are searched. */
const CANDIDATES_PER_MONTH = 100;

/** Lists the users with the most usage in each month that a range of days touches. */
async function listCandidates(db: Database, { from, to }: DateRange): Promise<string[]> {
  const { month, userId, microcredits, requests } = usageMonthly;
  const listOfMonth = (ofMonth: string) =>
    db
      .select({ userId })
      .from(usageMonthly)
      .where(eq(month, ofMonth))
      .orderBy(desc(microcredits), desc(requests))
      .limit(CANDIDATES_PER_MONTH);
  const [first = from.slice(0, 7), ...others] = listMonths(from, to);
  const lists = await db.batch([listOfMonth(first), ...others.map(listOfMonth)]);
  return [...new Set(lists.flat().map((row) => row.userId))];
}

/** Lists the months (`YYYY-MM`) from one day to another. */
function listMonths(from: string, to: string): string[] {
  const months: string[] = [];
  for (
    const date = new Date(`${from.slice(0, 7)}-01`);
    toUtcDay(date.getTime()) <= to;
    date.setUTCMonth(date.getUTCMonth() + 1)
  )
    months.push(toUtcDay(date.getTime()).slice(0, 7));
  return months;
}

/**
 * Lists the users with the most usage, by credits and then by requests, among the hundred with the
 * most in each month: however many users there are, the usage of a few hundred is added up.
 */
export async function listTopUsers(
  db: Database,
  days: DateRange,
  limit: number,
): Promise<(UsageTotals & { userId: string })[]> {
  const candidates = await listCandidates(db, days);
  const totals = {
    requests: sum(usageDaily.requests).mapWith(Number),
    inputTokens: sum(usageDaily.inputTokens).mapWith(Number),
    cachedInputTokens: sum(usageDaily.cachedInputTokens).mapWith(Number),
    outputTokens: sum(usageDaily.outputTokens).mapWith(Number),
    microcredits: sum(usageDaily.microcredits).mapWith(Number),
  };
  const rows = await db
    .select({ userId: usageDaily.userId, ...totals })
    .from(usageDaily)
    .where(and(inList(usageDaily.userId, candidates), isInRange(usageDaily.day, days)))
    .groupBy(usageDaily.userId)
    .orderBy(desc(totals.microcredits), desc(totals.requests), asc(usageDaily.userId))
    .limit(limit);
  return rows.map((row) => ({ ...row, users: 1 }));
}

/** Counts the users with any usage, for each day and for all days together. */
export async function countActiveUsers(db: Database, days: DateRange) {
  const users = sum(activeUsers.users).mapWith(Number);
  const { day, previousDay } = activeUsers;
  const [byDay, [total]] = await Promise.all([
    db
      .select({ day, users })
      .from(activeUsers)
      .where(isInRange(day, days))
      .groupBy(day)
      .orderBy(asc(day)),
    db
      .select({ users })
      .from(activeUsers)
      .where(and(isInRange(day, days), lt(previousDay, days.from))),
  ]);
  return { byDay, users: total?.users ?? 0 };
}

/**
 * Lists one user's usage by day and model, as far as it was reported to D1. For the rest see
 * `CreditAccount.recentDays`.
 */
export function listDailyUsage(
  db: Database,
  userId: string,
  days: DateRange,
): Promise<DailyUsage[]> {
  const { userId: _, ...columns } = getTableColumns(usageDaily);
  return db
    .select(columns)
    .from(usageDaily)
    .where(and(eq(usageDaily.userId, userId), isInRange(usageDaily.day, days)));
}
