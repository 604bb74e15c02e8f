import { and, asc, eq, gte, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { overageReports } from "./tables.ts";

/** Overage to be reported to Stripe. Times in ms. */
export type OverageReport = typeof overageReports.$inferSelect;

/** Lists reports that are due to be sent to Stripe, the oldest first. */
export const listUnsentOverageReports = (
  db: Database,
  limit: number,
  nowMs: number,
): Promise<OverageReport[]> =>
  db
    .select()
    .from(overageReports)
    .where(
      and(
        isNull(overageReports.sentAt),
        or(isNull(overageReports.nextTryAt), lte(overageReports.nextTryAt, nowMs)),
      ),
    )
    .orderBy(asc(overageReports.nextTryAt), asc(overageReports.usedAt))
    .limit(limit);

/** Lists a user's reports that Stripe does not have, also those whose next try is not due yet. */
export const listUnsentOverageReportsOf = (
  db: Database,
  userId: string,
): Promise<OverageReport[]> =>
  db
    .select()
    .from(overageReports)
    .where(
      // An id begins with its user's, and ";" follows ":".
      and(
        gte(overageReports.id, `${userId}:`),
        lt(overageReports.id, `${userId};`),
        isNull(overageReports.sentAt),
      ),
    )
    .orderBy(asc(overageReports.id));

/** Marks a report as sent to Stripe. */
export async function markOverageReportSent(
  db: Database,
  id: string,
  nowMs: number,
): Promise<void> {
  await db
    .update(overageReports)
    .set({ sentAt: nowMs, lastError: null, nextTryAt: null })
    .where(eq(overageReports.id, id));
}

/** Records a failure to send a report and the next try, unless it was sent meanwhile. */
export async function recordOverageReportFailure(
  db: Database,
  id: string,
  { error, nextTryAt }: { error: string; nextTryAt: number },
): Promise<void> {
  await db
    .update(overageReports)
    .set({ attempts: sql`${overageReports.attempts} + 1`, lastError: error, nextTryAt })
    .where(and(eq(overageReports.id, id), isNull(overageReports.sentAt)));
}
