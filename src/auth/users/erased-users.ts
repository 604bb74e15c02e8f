import { eq } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { erasedUsers } from "../tables.ts";

/** Records that a user is gone, for rooms that have to end something of theirs elsewhere. */
export async function recordErasedUser(db: Database, userId: string, nowMs: number): Promise<void> {
  await db.insert(erasedUsers).values({ userId, erasedAt: nowMs }).onConflictDoNothing();
}

/** Lists erased users of whom something has yet to be ended elsewhere, earliest erasure first. */
export async function listErasedUsers(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .select({ userId: erasedUsers.userId })
    .from(erasedUsers)
    .orderBy(erasedUsers.erasedAt)
    .limit(limit);
  return rows.map((row) => row.userId);
}

/** Deletes the record of an erased user, once nothing of theirs is left elsewhere. */
export async function deleteErasedUser(db: Database, userId: string): Promise<void> {
  await db.delete(erasedUsers).where(eq(erasedUsers.userId, userId));
}
