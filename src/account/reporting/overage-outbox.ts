import type { BatchItem } from "drizzle-orm/batch";
import { database } from "../../db.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AccountState } from "../ledger/state.ts";
import { overageReports } from "./tables.ts";

/** Whether there is overage that Stripe has to be told of, and D1 does not have. */
export const hasUnreportedOverage = ({ overage, reports }: AccountState): boolean =>
  Object.keys(overage).length > 0 || Object.keys(reports).length > 0;

/**
 * Closes what overage has come together: from now on it has a number, under which it is told to
 * Stripe however often it is sent. Must run inside a transaction.
 */
export function closeOverageReports(ledger: Ledger, nowMs: number): void {
  for (const overage of Object.values(ledger.state.overage))
    ledger.append({ kind: "overage_report", ...overage }, nowMs);
}

/**
 * Writes closed reports to D1, where billing finds them. One that is there already stays as it is.
 * Returns the numbers of what is there.
 */
export async function sendOverageReports(
  d1: D1Database,
  userId: string,
  state: AccountState,
): Promise<number[]> {
  const db = database(d1);
  const reports = Object.entries(state.reports);
  const inserts: BatchItem<"sqlite">[] = reports.map(
    ([reportNo, { eventName, quantity, usedAt }]) =>
      db
        .insert(overageReports)
        .values({ id: `${userId}:${reportNo}`, userId, eventName, quantity, usedAt })
        .onConflictDoNothing(),
  );
  const [first, ...rest] = inserts;
  if (first !== undefined) await db.batch([first, ...rest]);
  return reports.map(([reportNo]) => Number(reportNo));
}

/** Forgets reports that D1 has. Must run inside a transaction. */
export function removeSentOverageReports(
  ledger: Ledger,
  sentReportNos: readonly number[],
  nowMs: number,
): void {
  const reportNos = sentReportNos.filter(
    (reportNo) => ledger.state.reports[reportNo] !== undefined,
  );
  if (reportNos.length > 0) ledger.append({ kind: "overage_sent", reportNos }, nowMs);
}
