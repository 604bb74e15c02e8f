import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ACTOR_KINDS } from "../actor.ts";

/**
 * Every movement of money and every action of an admin. Rows are appended, and never changed or
 * removed.
 */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: text().primaryKey(),
    /**
     * What may be noted only once however often it is done again (`order:ord_…:completed`); null
     * for what each time is another.
     */
    onceKey: text("once_key").unique(),
    at: integer().notNull(),
    actorKind: text("actor_kind", { enum: ACTOR_KINDS }).notNull(),
    /** The user's or admin's id, Stripe's event, or the name of the job. */
    actorId: text("actor_id").notNull(),
    /** `order.completed`, `plan.updated`: what it happened to, and what. */
    action: text().notNull(),
    subjectId: text("subject_id").notNull(),
    /** Whose it is; null where it is nobody's (a plan). */
    userId: text("user_id"),
    reason: text(),
    before: text({ mode: "json" }).$type<AuditFacts>(),
    after: text({ mode: "json" }).$type<AuditFacts>(),
  },
  (table) => [
    index("audit_log_by_subject").on(table.subjectId, table.id),
    index("audit_log_by_user").on(table.userId, table.id),
    index("audit_log_by_action").on(table.action, table.id),
    index("audit_log_by_actor").on(table.actorId, table.id),
  ],
);

/**
 * What of something is worth knowing before and after: plain values (as JSON has them), and no
 * secret.
 */
export interface AuditFacts {
  readonly [name: string]: string | number | boolean | object | null | undefined;
}
