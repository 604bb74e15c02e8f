import type { BatchItem } from "drizzle-orm/batch";

/**
 * Whoever asks for a change may note it, by a statement that comes right after the change in the
 * same batch. The catalog keeps no log of its own.
 * @param before what is changed, as it was; null for what is new
 * @param id of what is changed or made
 */
export type ChangeAudit<T> = (before: T | null, id: string) => BatchItem<"sqlite">;

/** The statement of a note, if there is one. */
export const toAuditStatements = <T>(
  audit: ChangeAudit<T> | undefined,
  before: T | null,
  id: string,
): BatchItem<"sqlite">[] => (audit === undefined ? [] : [audit(before, id)]);
