import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import { checkPlanIncludes } from "./check-plan.ts";
import { checkVisibility } from "./require-marketplace.ts";
import { type CreateAgentParams, findPriceProblem } from "./schemas.ts";
import { normalizeSearchText } from "./search.ts";
import { acquireSlot, releaseSlot } from "./slots.ts";
import { AGENTS_MAX, activateAgent, insertAgent, removeAgent } from "./store.ts";
import type { Agent } from "./tables.ts";

const TOO_MANY_AGENTS = fail(
  "limit_reached",
  `You've reached the limit of ${AGENTS_MAX} agents. Delete one you don't need.`,
);

/**
 * Creates an agent, and counts it. The row is written first, so that no slot is taken without an
 * agent: should the Worker die in between, the cron releases the slot.
 */
export async function createAgent(
  ctx: Context,
  ownerId: string,
  params: CreateAgentParams,
): Promise<Result<Agent>> {
  const { env, db, nowMs } = ctx;
  const problem = findPriceProblem(params);
  if (problem !== null) {
    const { param, message } = problem;
    return fail("invalid_request", `${param}: ${message}`, { param });
  }
  const visible = checkVisibility(ctx.config, params.visibility);
  if (!visible.ok) return visible;
  const allowed = await checkPlanIncludes(ctx, ownerId, params);
  if (!allowed.ok) return allowed;

  const agent: Agent = {
    ...params,
    id: newId("agt", nowMs),
    ownerId,
    state: "making",
    holdsPlace: true,
    searchText: normalizeSearchText(`${params.name}\n${params.description}`),
    popularity: 0,
    listedAt: params.visibility === "listed" ? nowMs : null,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  if (!(await insertAgent(db, { ...agent, listedAt: null }))) return TOO_MANY_AGENTS;
  const acquired = await acquireSlot(env, ownerId, agent.id);
  if (!acquired.ok) {
    const released = await releaseSlot(env, ownerId, agent.id);
    if (released.ok) await removeAgent(db, agent.id);
    return acquired;
  }
  const created = await activateAgent(db, agent.id, agent.listedAt);
  return created === undefined
    ? fail("conflict", "Creating the agent took too long. Try again.")
    : ok(created);
}
