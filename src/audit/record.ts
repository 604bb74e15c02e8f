import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Actor } from "../actor.ts";
import type { Database } from "../db.ts";
import { newId } from "../ids.ts";
import { type AuditFacts, auditLog } from "./tables.ts";

/** A thing that was done, as it goes into the log. `onceKey`: see `auditLog`. */
export interface AuditEntry {
  readonly actor: Actor;
  readonly action: string;
  readonly subjectId: string;
  readonly userId?: string | null;
  readonly reason?: string | null;
  readonly before?: AuditFacts | null;
  readonly after?: AuditFacts | null;
  readonly onceKey?: string;
}

const toRow = (entry: AuditEntry, nowMs: number) => ({
  id: newId("aud", nowMs),
  onceKey: entry.onceKey ?? null,
  at: nowMs,
  actorKind: entry.actor.kind,
  actorId: entry.actor.id,
  action: entry.action,
  subjectId: entry.subjectId,
  userId: entry.userId ?? null,
  reason: entry.reason ?? null,
  before: entry.before ?? null,
  after: entry.after ?? null,
});

const factsToJson = (facts: AuditFacts | null) => (facts === null ? null : JSON.stringify(facts));

/**
 * Returns the statement that appends an entry, for the same batch as the change that it records:
 * both happen, or neither.
 */
export const auditStatement = (
  db: Database,
  entry: AuditEntry,
  nowMs: number,
): BatchItem<"sqlite"> => db.insert(auditLog).values(toRow(entry, nowMs)).onConflictDoNothing();

/**
 * Returns the same statement for a conditional change. It appends the entry only if the statement
 * **right before it in the batch** changed a row (SQLite's `changes()`).
 */
export const auditIfChanged = (
  db: Database,
  entry: AuditEntry,
  nowMs: number,
): BatchItem<"sqlite"> => {
  const row = toRow(entry, nowMs);
  return db
    .insert(auditLog)
    .select(
      sql`select ${row.id}, ${row.onceKey}, ${row.at}, ${row.actorKind}, ${row.actorId},
        ${row.action}, ${row.subjectId}, ${row.userId}, ${row.reason},
        ${factsToJson(row.before)}, ${factsToJson(row.after)} where changes() > 0`,
    )
    .onConflictDoNothing();
};

/** Appends an entry by itself, for a change outside D1. */
export async function record(db: Database, entry: AuditEntry, nowMs: number): Promise<void> {
  await db.batch([auditStatement(db, entry, nowMs)]);
}
