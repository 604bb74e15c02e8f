import { and, asc, eq, isNull, lte, or, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { overageReports } from "./tables.ts";

/** Usage past what a plan includes, that Stripe is still to be told of. Times in ms. */
export type OverageReport = typeof overageReports.$inferSelect;

/** Reports that Stripe has not been told of and that are due to be sent, the oldest first. */
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

/** Notes that Stripe has been told. */
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

/** Notes why Stripe could not be told, and when to try again, unless it has been told meanwhile. */
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
