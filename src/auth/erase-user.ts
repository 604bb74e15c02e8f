import { creditAccount } from "../account/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, Refusal, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { recordErasedUser } from "./users/erased-users.ts";
import { beginErasure, endErasure, listUnfinishedErasures } from "./users/users.ts";

/** An erasure older than this was cut short. */
const STALE_AFTER_MS = 60_000;

/**
 * @returns false when one of the objects could not be reached: `reach` has logged why, and the cron
 * tries again
 */
async function finishErasure(ctx: Context, userId: string): Promise<boolean> {
  const { env, db, nowMs } = ctx;
  try {
    await orUnavailable(creditAccount(env, userId).erase());
    await orUnavailable(
      env.CHAT_HISTORY.get(env.CHAT_HISTORY.idFromName(userId)).eraseUser(userId),
    );
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
  // Before the row goes: whoever dies in between finds it again.
  await recordErasedUser(db, userId, nowMs);
  await endErasure(db, userId);
  return true;
}

/**
 * Erases a user: no sign-in from the first step on, then the account object with its keys and
 * ledger and the object with what was said, then the row. Once begun it is finished, by
 * `finishErasures` if need be. Orders stay, since the law wants them: they name a user id and no
 * person.
 */
export async function eraseUser(ctx: Context, userId: string): Promise<Result<true>> {
  const { db, nowMs } = ctx;
  await beginErasure(db, userId, nowMs);
  if (await finishErasure(ctx, userId)) return ok(true);
  return fail(
    "billing_unavailable",
    "The erasure has begun and cannot be undone. It will be finished within some minutes.",
  );
}

/**
 * Finishes erasures that a crash or an outage cut short. For the cron.
 * @param limit the most to try at once
 * @returns how many were finished
 */
export async function finishErasures(ctx: Context, limit: number): Promise<number> {
  const { db, nowMs } = ctx;
  const unfinished = await listUnfinishedErasures(db, nowMs - STALE_AFTER_MS, limit);
  let finished = 0;
  for (const userId of unfinished) if (await finishErasure(ctx, userId)) finished += 1;
  return finished;
}
