import { eq } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { erasedUsers } from "../tables.ts";

/** Notes that a user is gone, for the rooms that have something of theirs to end elsewhere. */
export async function recordErasedUser(db: Database, userId: string, nowMs: number): Promise<void> {
  await db.insert(erasedUsers).values({ userId, erasedAt: nowMs }).onConflictDoNothing();
}

/** Users that are gone and of whom something is left to be ended, the longest gone first. */
export async function listErasedUsers(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .select({ userId: erasedUsers.userId })
    .from(erasedUsers)
    .orderBy(erasedUsers.erasedAt)
    .limit(limit);
  return rows.map((row) => row.userId);
}

/** Nothing is left to be ended of this user: the last that was known of them goes. */
export async function deleteErasedUser(db: Database, userId: string): Promise<void> {
  await db.delete(erasedUsers).where(eq(erasedUsers.userId, userId));
}
