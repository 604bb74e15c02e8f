import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import { NO_AGENT } from "./access.ts";
import { type UpdateAgentParams, priceProblem } from "./data.ts";
import { mayUse } from "./may-use.ts";
import { fold } from "./search.ts";
import { changeOwn, findAgent } from "./store.ts";
import type { Agent } from "./tables.ts";

/**
 * Changes an agent of its owner's. What was sold is talked to as it is now: a licence is to the
 * agent and not to a copy.
 */
export async function changeAgent(
  env: Pick<Env, "DB">,
  ownerId: string,
  agentId: string,
  patch: UpdateAgentParams,
  nowMs: number,
): Promise<Result<Agent>> {
  const db = database(env.DB);
  const agent = await findAgent(db, agentId);
  if (agent === undefined || agent.ownerId !== ownerId || agent.state !== "there") return NO_AGENT;
  const given = Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  );
  const next: Agent = { ...agent, ...given };
  const problem = priceProblem(next);
  if (problem !== null)
    return fail("invalid_request", `${problem.param}: ${problem.message}`, {
      param: problem.param,
    });
  // An agent that is as the plan allowed it stays, whatever became of the plan.
  if (patch.model !== undefined || patch.tools !== undefined) {
    const allowed = await mayUse(env.DB, db, ownerId, next, nowMs);
    if (!allowed.ok) return allowed;
  }
  const changed = await changeOwn(db, ownerId, agentId, {
    ...given,
    searchText: fold(`${next.name}\n${next.description}`),
    listedAt: agent.listedAt ?? (next.visibility === "listed" ? nowMs : null),
    updatedAt: nowMs,
  });
  return changed === undefined ? NO_AGENT : ok(changed);
}
