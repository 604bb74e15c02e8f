import { eq } from "drizzle-orm";
import type { Database } from "../db.ts";
import { MINUTE_MS } from "../time.ts";
import { checks } from "./tables.ts";

/** The last result of a check. */
export type Check = typeof checks.$inferSelect;

/** How often a thing that works all the time is noted by one Worker that runs. */
const NOTE_EVERY_MS = 10 * MINUTE_MS;
const PROBLEM_CHARACTERS_MAX = 300;

/**
 * Notes that something worked, or why it did not.
 * @param problem null where it worked
 */
export async function noteCheck(
  db: Database,
  name: string,
  problem: string | null,
  nowMs: number,
): Promise<void> {
  const row = {
    isOk: problem === null,
    problem: problem?.slice(0, PROBLEM_CHARACTERS_MAX) ?? null,
    checkedAt: nowMs,
  };
  await db
    .insert(checks)
    .values({ name, ...row })
    .onConflictDoUpdate({ target: checks.name, set: row });
}

const notedAt = new WeakMap<Database, Map<string, number>>();

/** Notes that something worked that works all the time, so that it costs no row each time. */
export async function noteSometimes(db: Database, name: string, nowMs: number): Promise<void> {
  const times = notedAt.get(db) ?? new Map<string, number>();
  notedAt.set(db, times);
  const last = times.get(name);
  if (last !== undefined && Math.abs(nowMs - last) < NOTE_EVERY_MS) return;
  await noteCheck(db, name, null, nowMs);
  times.set(name, nowMs);
}

/** Finds what was last seen of one thing. */
export const findCheck = (db: Database, name: string): Promise<Check | undefined> =>
  db.select().from(checks).where(eq(checks.name, name)).get();

/** Lists what was last seen of everything: a few rows, one for each thing that has to work. */
export async function listChecks(db: Database): Promise<ReadonlyMap<string, Check>> {
  const rows = await db.select().from(checks);
  return new Map(rows.map((row) => [row.name, row]));
}
