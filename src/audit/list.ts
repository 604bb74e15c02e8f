import { and, desc, eq, gte, lt, type SQL } from "drizzle-orm";
import type { Database } from "../db.ts";
import { auditLog } from "./tables.ts";

type AuditRow = typeof auditLog.$inferSelect;

/**
 * Which entries to list: those to which all of it applies. `before`: the id of the last entry of
 * the page before.
 */
export interface AuditQuery {
  readonly subjectId?: string | undefined;
  readonly userId?: string | undefined;
  /** What an action begins with: `order.` for all that happened to orders. */
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly limit: number;
  readonly before: string | undefined;
}

/** One more than `limit`, newest first. */
export async function listAuditEntries(db: Database, query: AuditQuery): Promise<AuditRow[]> {
  const { subjectId, userId, action, actorId, limit, before } = query;
  const conditions: (SQL | undefined)[] = [];
  if (subjectId !== undefined) conditions.push(eq(auditLog.subjectId, subjectId));
  if (userId !== undefined) conditions.push(eq(auditLog.userId, userId));
  // A range, and not a pattern, which no index would help.
  if (action !== undefined)
    conditions.push(and(gte(auditLog.action, action), lt(auditLog.action, `${action}\u{ffff}`)));
  if (actorId !== undefined) conditions.push(eq(auditLog.actorId, actorId));
  if (before !== undefined) conditions.push(lt(auditLog.id, before));
  return await db
    .select()
    .from(auditLog)
    .where(and(...conditions))
    .orderBy(desc(auditLog.id))
    .limit(limit + 1);
}

/** An entry as the wire shows it. */
export const showAuditEntry = ({
  id,
  at,
  actorKind,
  actorId,
  action,
  subjectId,
  userId,
  reason,
  before,
  after,
}: AuditRow) => ({
  id,
  at: new Date(at).toISOString(),
  actor: { kind: actorKind, id: actorId },
  action,
  subjectId,
  userId,
  reason,
  before,
  after,
});
