import { max } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { inList } from "../../in-list.ts";
import { sessions } from "../tables.ts";
import { lastSeenAt } from "./record-seen.ts";

/** Finds the time at which each of some users was last seen, by the sessions that still last. */
export async function findLastSeen(
  db: Database,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .select({ userId: sessions.userId, at: max(lastSeenAt).mapWith(Number) })
    .from(sessions)
    .where(inList(sessions.userId, userIds))
    .groupBy(sessions.userId);
  return new Map(rows.map(({ userId, at }) => [userId, at]));
}
