import { deleteAgentsByOwner } from "../agents/index.ts";
import { listErasedUsers, listUnfinishedErasures } from "../auth/index.ts";
import { deleteErasedCustomers } from "../billing/index.ts";
import type { Context } from "../context.ts";
import { ok } from "../errors.ts";
import { forEachDue } from "../for-each-due.ts";
import { MINUTE_MS } from "../time.ts";
import { runSteps } from "./steps.ts";

/** An erasure that began longer ago than this was interrupted. */
const STALE_AFTER_MS = MINUTE_MS;

/**
 * Finishes erasures that a crash or an outage interrupted. For the cron.
 * @param limit the most to try at once
 * @returns how many were finished
 */
export async function finishErasures(ctx: Context, limit: number): Promise<number> {
  const { done } = await forEachDue({
    rows: await listUnfinishedErasures(ctx.db, ctx.nowMs - STALE_AFTER_MS, limit),
    logFields: (userId) => ({ userId }),
    failureEvent: "erasure.finish_failed",
    run: async (userId) => {
      await runSteps(ctx, userId);
      return ok(true);
    },
  });
  return done;
}

/**
 * Ends what erased users still have at Stripe, and then forgets their ids. For the cron.
 *
 * Deletes their agents once more: while a new version is deployed, a Worker of the version before
 * may erase a user. It leaves the agents to `ChatHistory`, and this version's object does not
 * delete them.
 * @param limit the most users at once
 * @returns how many were finished
 */
export async function endErasedUsers(ctx: Context, limit: number): Promise<number> {
  for (const userId of await listErasedUsers(ctx.db, limit))
    await deleteAgentsByOwner(ctx.db, userId);
  return await deleteErasedCustomers(ctx, limit);
}
