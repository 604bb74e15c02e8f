import {
  and,
  asc,
  count,
  countDistinct,
  desc,
  eq,
  getTableColumns,
  gte,
  lte,
  sum,
} from "drizzle-orm";
import type { Database } from "../../db.ts";
import type { DailyUsage } from "../ledger/state.ts";
import { usageDaily } from "./tables.ts";

/** UTC days, `YYYY-MM-DD`, both included. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** Totals of usage, as the accounts reported them: up to some minutes ago. */
export interface UsageTotals {
  readonly users: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly microcredits: number;
}

const isInRange = ({ from, to }: DateRange) =>
  and(gte(usageDaily.day, from), lte(usageDaily.day, to));

const TOTAL_COLUMNS = {
  users: countDistinct(usageDaily.userId),
  requests: sum(usageDaily.requests).mapWith(Number),
  inputTokens: sum(usageDaily.inputTokens).mapWith(Number),
  cachedInputTokens: sum(usageDaily.cachedInputTokens).mapWith(Number),
  outputTokens: sum(usageDaily.outputTokens).mapWith(Number),
  microcredits: sum(usageDaily.microcredits).mapWith(Number),
};

/** Sums up the usage of all users by day and model. */
export const listUsageByModel = (
  db: Database,
  days: DateRange,
): Promise<(UsageTotals & { day: string; model: string })[]> =>
  db
    .select({ day: usageDaily.day, model: usageDaily.model, ...TOTAL_COLUMNS })
    .from(usageDaily)
    .where(isInRange(days))
    .groupBy(usageDaily.day, usageDaily.model)
    .orderBy(asc(usageDaily.day), asc(usageDaily.model));

/** Lists the users with the most usage, by credits and then by requests. */
export async function listTopUsers(
  db: Database,
  days: DateRange,
  limit: number,
): Promise<(UsageTotals & { userId: string })[]> {
  const { users: _, ...totals } = TOTAL_COLUMNS;
  const rows = await db
    .select({ userId: usageDaily.userId, ...totals })
    .from(usageDaily)
    .where(isInRange(days))
    .groupBy(usageDaily.userId)
    .orderBy(desc(totals.microcredits), desc(totals.requests), asc(usageDaily.userId))
    .limit(limit);
  return rows.map((row) => ({ ...row, users: 1 }));
}

/** Counts the users with any usage, for each day and for all days together. */
export async function countActiveUsers(db: Database, days: DateRange) {
  const [byDay, [total]] = await Promise.all([
    db
      .select({ day: usageDaily.day, users: countDistinct(usageDaily.userId) })
      .from(usageDaily)
      .where(isInRange(days))
      .groupBy(usageDaily.day)
      .orderBy(asc(usageDaily.day)),
    db
      .select({ users: countDistinct(usageDaily.userId), rows: count() })
      .from(usageDaily)
      .where(isInRange(days)),
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
    .where(and(eq(usageDaily.userId, userId), isInRange(days)));
}
