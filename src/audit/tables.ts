import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ACTOR_KINDS } from "../actor.ts";

/**
 * The log of every movement of money and every action of an admin. Rows are appended, and never
 * changed or removed.
 */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: text().primaryKey(),
    /**
     * The name of an action that is recorded once, however often it is repeated
     * (`order:ord_…:completed`); null for an action that is a new one each time.
     */
    onceKey: text("once_key").unique(),
    at: integer().notNull(),
    actorKind: text("actor_kind", { enum: ACTOR_KINDS }).notNull(),
    /** The id of the user, admin or Stripe event, or the name of the job. */
    actorId: text("actor_id").notNull(),
    /** The kind of the subject, and the event: `order.completed`, `plan.updated`. */
    action: text().notNull(),
    subjectId: text("subject_id").notNull(),
    /** The user to whom the subject belongs; null where it belongs to nobody (a plan). */
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

/** The facts about a subject before or after an action: plain values as in JSON, and no secret. */
export interface AuditFacts {
  readonly [name: string]: string | number | boolean | object | null | undefined;
}
