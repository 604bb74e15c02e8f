import { hasLicence } from "../billing/index.ts";
import type { Database } from "../db.ts";
import type { Result } from "../errors.ts";
import { type AgentAccess, decideAccess, isOwnAgent } from "./access.ts";
import type { FoundAgent } from "./tables.ts";

/** Resolves a user's access to an agent, by a licence where one was bought. See `decideAccess`. */
export async function resolveAccess(
  db: Database,
  userId: string,
  agent: FoundAgent,
): Promise<Result<AgentAccess>> {
  const isLicensed = !isOwnAgent(agent, userId) && (await hasLicence(db, userId, agent.id));
  return decideAccess(agent, userId, isLicensed);
}
