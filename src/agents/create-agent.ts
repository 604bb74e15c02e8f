import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import { type CreateAgentParams, priceProblem } from "./data.ts";
import { mayUse } from "./may-use.ts";
import { freePlace, takePlace } from "./place.ts";
import { fold } from "./search.ts";
import { addAgent, beThere, placeIsFree } from "./store.ts";
import type { Agent } from "./tables.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/**
 * Makes an agent, and counts it. The row comes first, so that a place that is taken is never
 * without one: should the Worker die in between, the cron frees the place.
 */
export async function createAgent(
  env: Bindings,
  ownerId: string,
  params: CreateAgentParams,
  nowMs: number,
): Promise<Result<Agent>> {
  const db = database(env.DB);
  const problem = priceProblem(params);
  if (problem !== null)
    return fail("invalid_request", `${problem.param}: ${problem.message}`, {
      param: problem.param,
    });
  const allowed = await mayUse(env.DB, db, ownerId, params, nowMs);
  if (!allowed.ok) return allowed;

  const agent: Agent = {
    ...params,
    id: newId("agt", nowMs),
    ownerId,
    state: "making",
    holdsPlace: true,
    searchText: fold(`${params.name}\n${params.description}`),
    popularity: 0,
    listedAt: params.visibility === "listed" ? nowMs : null,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  await addAgent(db, { ...agent, listedAt: null });
  const taken = await takePlace(env, ownerId, agent.id);
  if (!taken.ok) {
    const freed = await freePlace(env, ownerId, agent.id);
    if (freed.ok) await placeIsFree(db, agent.id);
    return taken;
  }
  const made = await beThere(db, agent.id, agent.listedAt);
  return made === undefined
    ? fail("conflict", "Making the agent took too long. Try again.")
    : ok(made);
}
