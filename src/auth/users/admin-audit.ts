import type { BatchItem } from "drizzle-orm/batch";
import { type AuditEntry, auditIfChanged, record } from "../../audit/index.ts";
import type { Database } from "../../db.ts";
import type { Caller } from "../caller.ts";

/** What was done to a user. Nothing personal is noted: the log outlives an erasure. */
const toAuditEntry = (
  caller: Caller,
  userId: string,
  action: string,
  fields: readonly string[],
): AuditEntry => ({
  actor: { kind: "admin", id: caller.userId },
  action,
  subjectId: userId,
  userId,
  after: { fields },
});

/**
 * The note of an admin's change of somebody else's profile, for the batch of that change; none when
 * it is one's own.
 */
export const auditProfileUpdate = (
  db: Database,
  caller: Caller,
  userId: string,
  fields: readonly string[],
  nowMs: number,
): BatchItem<"sqlite">[] =>
  userId === caller.userId
    ? []
    : [auditIfChanged(db, toAuditEntry(caller, userId, "user.updated", fields), nowMs)];

/** Notes that an admin is about to erase somebody else. */
export async function auditErasure(
  db: Database,
  caller: Caller,
  userId: string,
  nowMs: number,
): Promise<void> {
  if (userId !== caller.userId)
    await record(db, toAuditEntry(caller, userId, "user.erased", []), nowMs);
}
