import type { BatchItem } from "drizzle-orm/batch";
import { database } from "../../db.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AccountState } from "../ledger/state.ts";
import { overageReports } from "./tables.ts";

/** Returns whether there is overage that D1 does not have yet. */
export const hasUnreportedOverage = ({ overage, reports }: AccountState): boolean =>
  Object.keys(overage).length > 0 || Object.keys(reports).length > 0;

/**
 * Closes the accumulated overage: from now on it has a number, under which it is reported however
 * often it is sent. Must run inside a transaction.
 */
export function closeOverageReports(ledger: Ledger, nowMs: number): void {
  for (const overage of Object.values(ledger.state.overage))
    ledger.append({ kind: "overage_report", ...overage }, nowMs);
}

/**
 * Writes closed reports to D1, where billing finds them. An existing one stays as it is.
 * @returns the numbers of the reports that D1 has
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

/** Removes reports that D1 has from the state. Must run inside a transaction. */
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
