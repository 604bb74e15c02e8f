import { creditAccount } from "../account/index.ts";
import type { Database } from "../db.ts";
import type { Env } from "../env.ts";
import { reach } from "./reach.ts";
import { beginErasure, endErasure, unfinishedErasures } from "./users.ts";

/** An erasure older than this was cut short. */
const CUT_SHORT_MS = 60_000;

async function finishErasure(env: Env, db: Database, userId: string): Promise<void> {
  await reach(creditAccount(env, userId).erase());
  await endErasure(db, userId);
}

/**
 * Erases a user: no sign-in from the first step on, then the account object with its keys and ledger, then the row. Once begun
 * it is finished, by `finishErasures` if need be. Orders stay, since the law wants them: they name a user id and no person.
 */
export async function eraseUser(env: Env, db: Database, userId: string, nowMs: number): Promise<void> {
  await beginErasure(db, userId, nowMs);
  await finishErasure(env, db, userId);
}

/**
 * Finishes erasures that a crash or an outage cut short. For the cron.
 * @returns how many were finished: `limit` when there may be more
 */
export async function finishErasures(env: Env, db: Database, nowMs: number, limit: number): Promise<number> {
  const left = await unfinishedErasures(db, nowMs - CUT_SHORT_MS, limit);
  for (const userId of left) await finishErasure(env, db, userId);
  return left.length;
}
