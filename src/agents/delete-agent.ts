import type { Context } from "../context.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import { AGENT_NOT_FOUND } from "./access.ts";
import { releaseSlot } from "./slots.ts";
import { listAgentsToRelease, markSlotReleased, updateOwnAgent } from "./store.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/**
 * An agent whose making began so long ago and has not ended was given up. Longer than a request
 * takes.
 */
const STALE_AFTER_MS = 120_000;

/** Frees an agent's place, and removes what is left of it that nobody else can have. */
async function finishDeletion(
  env: Bindings,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  const released = await releaseSlot(env, ownerId, agentId);
  // An account that is gone has no place to free.
  if (!released.ok && released.failure.code !== "invalid_token") return released;
  await markSlotReleased(database(env.DB), agentId);
  return ok(true);
}

/** Deletes an agent of its owner's and frees its place. Who bought it keeps it. */
export async function deleteAgent(
  ctx: Context,
  ownerId: string,
  agentId: string,
): Promise<Result<true>> {
  const { env, db, nowMs } = ctx;
  const deleted = await updateOwnAgent(db, ownerId, agentId, {
    state: "gone",
    visibility: "private",
    updatedAt: nowMs,
  });
  if (deleted === undefined) return AGENT_NOT_FOUND;
  return await finishDeletion(env, ownerId, agentId);
}

/**
 * Frees places of agents whose deletion or making was cut short. For the cron.
 * @param limit the most to free at once
 * @returns how many were freed
 */
export async function releaseStaleSlots(ctx: Context, limit: number): Promise<number> {
  const { env, db, nowMs } = ctx;
  let releasedCount = 0;
  for (const { ownerId, id } of await listAgentsToRelease(db, nowMs - STALE_AFTER_MS, limit)) {
    const result = await finishDeletion(env, ownerId, id);
    if (result.ok) releasedCount += 1;
  }
  return releasedCount;
}
