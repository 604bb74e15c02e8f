import { eq, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { cursors } from "../tables.ts";

/**
 * Finds the position that reading one of Stripe's lists has reached: a time in seconds, or null
 * when it never began.
 */
export async function findCursor(db: Database, name: string): Promise<number | null> {
  const row = await db.select().from(cursors).where(eq(cursors.name, name)).get();
  return row === undefined ? null : Number(row.value);
}

/** Advances a cursor. It never moves back, even if two runs at once reached different positions. */
export async function advanceCursor(
  { db, nowMs }: Context,
  name: string,
  seconds: number,
): Promise<void> {
  await db
    .insert(cursors)
    .values({ name, value: String(seconds), updatedAt: nowMs })
    .onConflictDoUpdate({
      target: cursors.name,
      set: { value: sql`excluded.value`, updatedAt: nowMs },
      setWhere: sql`cast(${cursors.value} as integer) < cast(excluded.value as integer)`,
    });
}
