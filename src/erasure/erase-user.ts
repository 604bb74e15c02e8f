import { record } from "../audit/index.ts";
import { beginErasure } from "../auth/index.ts";
import type { Context } from "../context.ts";
import { formatError } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { log } from "../log.ts";
import { runSteps } from "./steps.ts";

/**
 * Records that an admin erases another user. The entry names nothing personal: the log outlives the
 * erasure.
 */
async function auditErasure({ db, actor, nowMs }: Context, userId: string): Promise<void> {
  if (userId === actor.id) return;
  const after = { fields: [] };
  await record(db, { actor, action: "user.erased", subjectId: userId, userId, after }, nowMs);
}

/**
 * Erases a user. From the first statement on nobody signs in as this user, and the erasure is
 * finished, by `finishErasures` if need be. Orders stay, since the law requires them: they name a
 * user id and no person.
 * @returns `billing_unavailable` when a step failed
 */
export async function eraseUser(ctx: Context, userId: string): Promise<Result<true>> {
  await auditErasure(ctx, userId);
  await beginErasure(ctx.db, userId, ctx.nowMs);
  try {
    await runSteps(ctx, userId);
    return ok(true);
  } catch (error) {
    log.error("erasure.interrupted", { userId, error: formatError(error) });
    return fail(
      "billing_unavailable",
      "The deletion has started and can't be undone. It finishes within a few minutes.",
    );
  }
}
