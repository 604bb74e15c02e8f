import { and, eq, gt, isNull } from "drizzle-orm";
import type { Database } from "../db.ts";
import type { Role } from "./caller.ts";
import { sessions, users } from "./tables.ts";

/** The role that the user of a live session has now; undefined when the session has ended or its user is gone. */
export async function liveRole(db: Database, sessionId: string, userId: string, nowMs: number): Promise<Role | undefined> {
  const [row] = await db
    .select({ role: users.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), gt(sessions.expiresAt, nowMs), isNull(users.erasingAt)));
  return row?.role;
}
