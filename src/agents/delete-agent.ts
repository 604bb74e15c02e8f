import type { Context } from "../context.ts";
import { ok, type Result } from "../errors.ts";
import { forEachDue } from "../for-each-due.ts";
import { MINUTE_MS } from "../time.ts";
import { AGENT_NOT_FOUND } from "./access.ts";
import { releaseSlot } from "./slots.ts";
import { listAgentsToRelease, markSlotReleased, updateOwnAgent } from "./store.ts";

/** A creation that began longer ago than this was interrupted. No request takes as long. */
const STALE_AFTER_MS = 2 * MINUTE_MS;

/** Releases an agent's slot, and removes the agent where nobody else can have it. */
async function finishDeletion(
  { env, db }: Context,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  const released = await releaseSlot(env, ownerId, agentId);
  // An account that is gone has no slot to release.
  if (!released.ok && released.failure.code !== "invalid_token") return released;
  await markSlotReleased(db, agentId);
  return ok(true);
}

/** Deletes an agent of its owner's, and releases its slot. Buyers keep it. */
export async function deleteAgent(
  ctx: Context,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  const deleted = await updateOwnAgent(ctx.db, ownerId, agentId, {
    state: "gone",
    visibility: "private",
    updatedAt: ctx.nowMs,
  });
  if (deleted === undefined) return AGENT_NOT_FOUND;
  return await finishDeletion(ctx, ownerId, agentId);
}

/**
 * Releases slots of agents whose deletion or creation was interrupted. For the cron.
 * @param limit the most to release at once
 * @returns how many were released
 */
export async function releaseStaleSlots(ctx: Context, limit: number): Promise<number> {
  const { done } = await forEachDue({
    rows: await listAgentsToRelease(ctx.db, ctx.nowMs - STALE_AFTER_MS, limit),
    logFields: ({ id }) => ({ agentId: id }),
    failureEvent: "agent.slot_release_failed",
    run: ({ ownerId, id }) => finishDeletion(ctx, ownerId, id),
    // Each agent's slot is in the account of its own creator.
    stopsAll: () => false,
  });
  return done;
}
