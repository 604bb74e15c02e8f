import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import { NO_AGENT } from "./access.ts";
import { freePlace } from "./place.ts";
import { changeOwn, placeIsFree, placesToFree } from "./store.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/**
 * An agent whose making began so long ago and has not ended was given up. Longer than a request
 * takes.
 */
const CUT_SHORT_MS = 120_000;

/** Frees an agent's place, and removes what is left of it that nobody else can have. */
async function finish(env: Bindings, ownerId: string, agentId: string): Promise<Result<true>> {
  const freed = await freePlace(env, ownerId, agentId);
  // An account that is gone has no place to free.
  if (!freed.ok && freed.failure.code !== "invalid_token") return freed;
  await placeIsFree(database(env.DB), agentId);
  return ok(true);
}

/** Deletes an agent of its owner's and frees its place. Who bought it keeps it. */
export async function deleteAgent(
  env: Bindings,
  ownerId: string,
  agentId: string,
  nowMs: number,
): Promise<Result<true>> {
  const gone = await changeOwn(database(env.DB), ownerId, agentId, {
    state: "gone",
    visibility: "private",
    updatedAt: nowMs,
  });
  if (gone === undefined) return NO_AGENT;
  return await finish(env, ownerId, agentId);
}

/**
 * Frees places of agents whose deletion or making was cut short. For the cron.
 * @param limit the most to free at once
 * @returns how many were freed
 */
export async function freePlaces(env: Bindings, nowMs: number, limit: number): Promise<number> {
  let freed = 0;
  for (const { ownerId, id } of await placesToFree(database(env.DB), nowMs - CUT_SHORT_MS, limit)) {
    const result = await finish(env, ownerId, id);
    if (result.ok) freed += 1;
  }
  return freed;
}
