import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import { AGENT_NOT_FOUND, isOwnAgent } from "./access.ts";
import { checkPlanIncludes } from "./check-plan.ts";
import { checkVisibility } from "./require-marketplace.ts";
import { findPriceProblem, type UpdateAgentParams } from "./schemas.ts";
import { normalizeSearchText } from "./search.ts";
import { findAgent, updateOwnAgent } from "./store.ts";
import type { Agent } from "./tables.ts";

/**
 * Updates an agent of its owner's. Buyers chat with it as it is now: a licence is to the agent and
 * not to a copy.
 */
export async function updateAgent(
  ctx: Context,
  ownerId: string,
  agentId: string,
  patch: UpdateAgentParams,
): Promise<Result<Agent>> {
  const { db, nowMs } = ctx;
  const agent = await findAgent(db, agentId);
  if (agent === undefined || !isOwnAgent(agent, ownerId)) return AGENT_NOT_FOUND;
  const changes = Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  );
  const visible = checkVisibility(ctx.config, patch.visibility);
  if (!visible.ok) return visible;
  const next: Agent = { ...agent, ...changes };
  const problem = findPriceProblem(next);
  if (problem !== null) {
    const { param, message } = problem;
    return fail("invalid_request", `${param}: ${message}`, { param });
  }
  // A model and tools that the plan once allowed stay, whatever the plan is now.
  if (patch.model !== undefined || patch.tools !== undefined) {
    const allowed = await checkPlanIncludes(ctx, ownerId, next);
    if (!allowed.ok) return allowed;
  }
  const updated = await updateOwnAgent(db, ownerId, agentId, {
    ...changes,
    searchText: normalizeSearchText(`${next.name}\n${next.description}`),
    listedAt: agent.listedAt ?? (next.visibility === "listed" ? nowMs : null),
    updatedAt: nowMs,
  });
  return updated === undefined ? AGENT_NOT_FOUND : ok(updated);
}
