import { sql } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { newId } from "../src/ids.ts";

/**
 * Returns the SQL statements that make a user an admin, with an entry in the audit log. The last
 * one selects the user's id and role: no row where nobody has this address. Values are quoted by
 * drizzle. Repeated, they change nothing.
 */
export function adminSql(email: string, nowMs: number): string[] {
  // As `normalizeEmail` of src/auth compares addresses.
  const isUser = sql`email_normalized = ${email.trim().toLowerCase()} and erasing_at is null`;
  const isNoAdmin = sql`${isUser} and role <> 'admin'`;
  const dialect = new SQLiteSyncDialect();
  return [
    sql`insert into audit_log
      (id, at, actor_kind, actor_id, action, subject_id, user_id, before, after)
      select ${newId("aud", nowMs)}, ${nowMs}, 'system', 'npm run admin', 'user.role_changed', id,
        id, json_object('role', role), json_object('role', 'admin')
      from users where ${isNoAdmin}`,
    sql`update users set role = 'admin', updated_at = ${nowMs} where ${isNoAdmin}`,
    sql`select id, role from users where ${isUser}`,
  ].map((statement) => dialect.sqlToQuery(statement.inlineParams()).sql);
}
