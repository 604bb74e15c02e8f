import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
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
 * Lists the actions in the log that begin alike. It steps from one to the next in the index: as
 * many steps as there are actions, however many entries they have.
 */
async function listActions(db: Database, prefix: string): Promise<string[]> {
  const end = `${prefix}\u{ffff}`;
  const rows = await db.all<{ action: string }>(sql`
    with recursive actions(action) as (
      select min(${auditLog.action}) from ${auditLog}
      where ${auditLog.action} >= ${prefix} and ${auditLog.action} < ${end}
      union all
      select (
        select min(${auditLog.action}) from ${auditLog}
        where ${auditLog.action} > actions.action and ${auditLog.action} < ${end}
      )
      from actions where actions.action is not null
    )
    select action from actions where action is not null`);
  return rows.map((row) => row.action);
}

/**
 * Lists entries, newest first. An index has the entries of one action in the order of the list, and
 * so those of several actions are listed by action, and merged.
 * @returns up to `limit + 1`
 */
export async function listAuditEntries(db: Database, query: AuditQuery): Promise<AuditRow[]> {
  const { action: prefix, limit } = query;
  if (prefix === undefined) return await selectEntries(db, query, undefined);
  const [first, ...others] = await listActions(db, prefix);
  if (first === undefined) return [];
  const lists = await db.batch([
    selectEntries(db, query, first),
    ...others.map((action) => selectEntries(db, query, action)),
  ]);
  return lists
    .flat()
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, limit + 1);
}

/** @param action one action, and not the beginning of several */
function selectEntries(
  db: Database,
  { subjectId, userId, actorId, limit, cursor }: AuditQuery,
  action: string | undefined,
) {
  const conditions: (SQL | undefined)[] = [];
  if (subjectId !== undefined) conditions.push(eq(auditLog.subjectId, subjectId));
  if (userId !== undefined) conditions.push(eq(auditLog.userId, userId));
  if (action !== undefined) conditions.push(eq(auditLog.action, action));
  if (actorId !== undefined) conditions.push(eq(auditLog.actorId, actorId));
  if (cursor !== undefined) conditions.push(lt(auditLog.id, cursor));
  return db
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
