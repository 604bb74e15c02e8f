import { fail, ok, type Result } from "../errors.ts";
import type { Agent } from "./tables.ts";

/**
 * What a user may do with an agent: `own` is its creator, `licensed` who bought it, `free` anybody,
 * while it is listed without a price.
 */
export type AgentAccess = "own" | "licensed" | "free";

type AccessFacts = Pick<Agent, "id" | "ownerId" | "state" | "visibility" | "priceMinor">;

export const AGENT_NOT_FOUND = fail("not_found", "There is no such agent.");

/**
 * How a user may use an agent. `not_found` where they may not know of it, 402 where it is listed
 * and not bought.
 */
export function decideAccess(
  agent: AccessFacts,
  userId: string,
  isLicensed: boolean,
): Result<AgentAccess> {
  if (agent.state === "making") return AGENT_NOT_FOUND;
  if (agent.ownerId === userId && agent.state === "there") return ok("own");
  // A licence outlives unlisting and deletion.
  if (isLicensed) return ok("licensed");
  if (!isListed(agent)) return AGENT_NOT_FOUND;
  if (agent.priceMinor === null) return ok("free");
  return fail(
    "insufficient_quota",
    `This agent is to be bought first: POST /api/agents/${agent.id}/purchase.`,
  );
}

/** Whether everybody may see an agent. */
export const isListed = ({
  state,
  visibility,
}: Pick<AccessFacts, "state" | "visibility">): boolean =>
  state === "there" && visibility === "listed";
