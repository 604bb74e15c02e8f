import { hasLicence } from "../billing/index.ts";
import { type Database, formatError } from "../db.ts";
import { ok, type Result } from "../errors.ts";
import { AGENT_NOT_FOUND, type AgentAccess, decideAccess } from "./access.ts";
import { findAgent, incrementPopularity } from "./store.ts";
import type { Agent } from "./tables.ts";

/** An agent, and how its user may use it. */
interface UsableAgent {
  readonly agent: Agent;
  readonly access: AgentAccess;
}

/**
 * An agent, for somebody who wants to talk to it or look at it. `not_found`, or 402 where it has to
 * be bought first.
 */
async function resolveUsableAgent(
  db: Database,
  userId: string,
  agentId: string,
): Promise<Result<UsableAgent>> {
  const agent = await findAgent(db, agentId);
  if (agent === undefined) return AGENT_NOT_FOUND;
  const isOwn = agent.ownerId === userId && agent.state === "there";
  const access = decideAccess(agent, userId, !isOwn && (await hasLicence(db, userId, agentId)));
  if (!access.ok) return access;
  return ok({ agent, access: access.value });
}

/**
 * What a conversation has to know of an agent. `isSecret`: its system prompt is another user's, who
 * alone may see it.
 */
export interface ChatAgent {
  readonly agentId: string;
  readonly model: string;
  readonly systemPrompt: string;
  readonly greeting: string | null;
  readonly isSecret: boolean;
}

/** An agent, for somebody who talks to it. */
export async function resolveChatAgent(
  db: Database,
  userId: string,
  agentId: string,
): Promise<Result<ChatAgent>> {
  const usable = await resolveUsableAgent(db, userId, agentId);
  if (!usable.ok) return usable;
  const { model, systemPrompt, greeting } = usable.value.agent;
  return ok({ agentId, model, systemPrompt, greeting, isSecret: usable.value.access !== "own" });
}

/**
 * Somebody had the first reply of an agent in a conversation: another user's makes it popular. A
 * failure is logged, and no more.
 */
export async function recordAgentConversation(
  db: Database,
  { agentId, isSecret }: ChatAgent,
): Promise<void> {
  if (!isSecret) return;
  try {
    await incrementPopularity(db, agentId);
  } catch (error) {
    console.error(
      JSON.stringify({ level: "error", at: "popularity", agentId, error: formatError(error) }),
    );
  }
}
