import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../db.ts";
import { newId } from "../ids.ts";
import { type ACTOR_KINDS, type AuditFacts, auditLog } from "./tables.ts";

/** Who did something. */
export interface Actor {
  readonly kind: (typeof ACTOR_KINDS)[number];
  readonly id: string;
}

/** One thing that was done. `onceKey`: see `auditLog`. */
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

/** The statement that writes an entry down, for the same batch as what it tells of: both happen, or neither. */
export const auditing = (db: Database, entry: AuditEntry, nowMs: number): BatchItem<"sqlite"> =>
  db
    .insert(auditLog)
    .values({
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
    })
    .onConflictDoNothing();

/** Writes an entry down by itself, for what was done elsewhere than in D1. */
export async function record(db: Database, entry: AuditEntry, nowMs: number): Promise<void> {
  await db.batch([auditing(db, entry, nowMs)]);
}
