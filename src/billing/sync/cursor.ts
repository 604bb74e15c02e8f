import { eq, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { cursors } from "../tables.ts";

/**
 * How far something that goes through Stripe's lists has come: a time in seconds, or null when it
 * never began.
 */
export async function findCursor(db: Database, name: string): Promise<number | null> {
  const [row] = await db.select().from(cursors).where(eq(cursors.name, name));
  return row === undefined ? null : Number(row.value);
}

/** Moves a cursor on. It never moves back, whatever two runs at once have come to. */
export async function advanceCursor(
  db: Database,
  name: string,
  seconds: number,
  nowMs: number,
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
