import { type Database, formatError } from "../db.ts";
import { ok, type Result } from "../errors.ts";
import { log } from "../log.ts";
import { AGENT_NOT_FOUND } from "./access.ts";
import { resolveAccess } from "./resolve-access.ts";
import { findAgent, incrementPopularity } from "./store.ts";

/** An agent as a conversation needs it. */
export interface ChatAgent {
  readonly agentId: string;
  readonly model: string;
  readonly systemPrompt: string;
  readonly greeting: string | null;
  /** Whether its system prompt is another user's, who alone may see it. */
  readonly isSecret: boolean;
}

/**
 * Resolves an agent for a user who chats with it. `not_found`, or 402 where it has to be bought
 * first.
 */
export async function resolveChatAgent(
  db: Database,
  userId: string,
  agentId: string,
): Promise<Result<ChatAgent>> {
  const agent = await findAgent(db, agentId);
  if (agent === undefined) return AGENT_NOT_FOUND;
  const access = await resolveAccess(db, userId, agent);
  if (!access.ok) return access;
  const { model, systemPrompt, greeting } = agent;
  return ok({ agentId, model, systemPrompt, greeting, isSecret: access.value !== "own" });
}

/**
 * Records the first reply that a user gets of an agent: another user's makes it popular. A failure
 * is logged, and no more.
 */
export async function recordAgentUser(
  db: Database,
  { agentId, isSecret }: ChatAgent,
): Promise<void> {
  if (!isSecret) return;
  try {
    await incrementPopularity(db, agentId);
  } catch (error) {
    log.error("agent.popularity_failed", { agentId, error: formatError(error) });
  }
}
