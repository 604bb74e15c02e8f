import type { BatchItem } from "drizzle-orm/batch";

/**
 * Returns the audit statement of a change, which runs right after it in the same batch. The caller
 * passes it in, since the catalog keeps no log of its own.
 * @param before the plan or model before the change; null for a new one
 * @param id the id of the plan or model
 */
export type ChangeAudit<T> = (before: T | null, id: string) => BatchItem<"sqlite">;

/** Returns the audit statement of a change as a list, which is empty without an audit. */
export const toAuditStatements = <T>(
  audit: ChangeAudit<T> | undefined,
  before: T | null,
  id: string,
): BatchItem<"sqlite">[] => (audit === undefined ? [] : [audit(before, id)]);
