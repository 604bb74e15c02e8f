import { fail, ok, type Result } from "../errors.ts";
import { type Agent, type FoundAgent, isActive } from "./tables.ts";

/** A user's access to an agent: `own` of its creator, `licensed` of a buyer, `free` of anybody. */
export type AgentAccess = "own" | "licensed" | "free";

type AccessFacts = Pick<
  FoundAgent,
  "id" | "ownerId" | "state" | "visibility" | "priceMinor" | "isCreatorSuspended"
>;

export const AGENT_NOT_FOUND = fail("not_found", "This agent doesn't exist.");
const NOT_AVAILABLE = fail("not_found", "This agent isn't available right now.");

/** Returns whether an agent is a user's own. A deleted one is nobody's. */
export const isOwnAgent = (agent: Pick<Agent, "ownerId" | "state">, userId: string): boolean =>
  agent.ownerId === userId && isActive(agent);

/** Returns whether everybody may see an agent. */
export const isListed = (
  agent: Pick<FoundAgent, "state" | "visibility" | "isCreatorSuspended">,
): boolean => isActive(agent) && agent.visibility === "listed" && !agent.isCreatorSuspended;

/**
 * Decides a user's access to an agent.
 * @returns `not_found` where the user may not know of it, 402 where it is listed and not bought
 */
export function decideAccess(
  agent: AccessFacts,
  userId: string,
  isLicensed: boolean,
): Result<AgentAccess> {
  if (agent.state === "making") return AGENT_NOT_FOUND;
  if (isOwnAgent(agent, userId)) return ok("own");
  // A licence outlives unlisting and deletion, and rests while the creator is suspended.
  if (isLicensed) return agent.isCreatorSuspended ? NOT_AVAILABLE : ok("licensed");
  if (!isListed(agent)) return AGENT_NOT_FOUND;
  if (agent.priceMinor === null) return ok("free");
  return fail(
    "insufficient_quota",
    `Buy this agent before you chat with it: POST /api/agents/${agent.id}/purchase.`,
  );
}
