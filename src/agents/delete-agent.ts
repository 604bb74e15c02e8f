import { isAgentOrdered } from "../billing/index.ts";
import type { Context } from "../context.ts";
import { ok, type Result } from "../errors.ts";
import { forEachDue } from "../for-each-due.ts";
import { MINUTE_MS } from "../time.ts";
import { AGENT_NOT_FOUND } from "./access.ts";
import { releaseSlot } from "./slots.ts";
import { keepForBuyers, listAgentsToRelease, removeAgent, updateOwnAgent } from "./store.ts";

/**
 * A creation that began longer ago than this was interrupted, and a purchase has its order. No
 * request takes as long.
 */
const STALE_AFTER_MS = 2 * MINUTE_MS;

/** Releases an agent's slot. An account that is gone has none. */
async function releaseOwnSlot(
  { env }: Context,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  const released = await releaseSlot(env, ownerId, agentId);
  return released.ok || released.failure.code === "invalid_token" ? ok(true) : released;
}

/**
 * Releases an agent's slot, and removes the agent, with its prompt, unless an order names it: then
 * its buyers keep it.
 */
async function finishDeletion(
  ctx: Context,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  const released = await releaseOwnSlot(ctx, ownerId, agentId);
  if (!released.ok) return released;
  if (await isAgentOrdered(ctx.db, agentId)) await keepForBuyers(ctx.db, agentId);
  else await removeAgent(ctx.db, agentId);
  return ok(true);
}

/**
 * Deletes an agent of its owner's, and releases its slot. One that was ever listed is not removed
 * at once: somebody may just be buying it. The cron does that.
 */
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
  return deleted.listedAt === null
    ? await finishDeletion(ctx, ownerId, agentId)
    : await releaseOwnSlot(ctx, ownerId, agentId);
}

/**
 * Finishes the deletion of agents that were listed, and of those whose deletion or creation was
 * interrupted. For the cron.
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
