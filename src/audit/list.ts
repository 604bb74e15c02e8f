import { and, desc, eq, gte, lt, type SQL } from "drizzle-orm";
import type { Database } from "../db.ts";
import { toIso } from "../time.ts";
import { auditLog } from "./tables.ts";
import type { AuditEntryView } from "./wire.ts";

type AuditRow = typeof auditLog.$inferSelect;

/** A filter of entries, of which every given field has to match, and a page. */
export interface AuditQuery {
  readonly subjectId?: string | undefined;
  readonly userId?: string | undefined;
  /** The beginning of an action: `order.` matches every action on orders. */
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly limit: number;
  /** The id of the last entry of the previous page. */
  readonly cursor?: string | undefined;
}

/**
 * Lists entries, newest first.
 * @returns up to `limit + 1`
 */
export async function listAuditEntries(db: Database, query: AuditQuery): Promise<AuditRow[]> {
  const { subjectId, userId, action, actorId, limit, cursor } = query;
  const conditions: (SQL | undefined)[] = [];
  if (subjectId !== undefined) conditions.push(eq(auditLog.subjectId, subjectId));
  if (userId !== undefined) conditions.push(eq(auditLog.userId, userId));
  // A range, and not a pattern, which no index would help.
  if (action !== undefined)
    conditions.push(and(gte(auditLog.action, action), lt(auditLog.action, `${action}\u{ffff}`)));
  if (actorId !== undefined) conditions.push(eq(auditLog.actorId, actorId));
  if (cursor !== undefined) conditions.push(lt(auditLog.id, cursor));
  return await db
    .select()
    .from(auditLog)
    .where(and(...conditions))
    .orderBy(desc(auditLog.id))
    .limit(limit + 1);
}

/** Shows an entry. */
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
}: AuditRow): AuditEntryView => ({
  id,
  at: toIso(at),
  actor: { kind: actorKind, id: actorId },
  action,
  subjectId,
  userId,
  reason,
  before,
  after,
});
