import type { AgentAccess } from "./access.ts";
import type { Agent } from "./tables.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** An agent as everybody may see it. */
export const showListing = (agent: Agent) => ({
  id: agent.id,
  name: agent.name,
  description: agent.description,
  avatarUrl: agent.avatarUrl,
  model: agent.model,
  greeting: agent.greeting,
  tools: agent.tools,
  visibility: agent.visibility,
  priceMinor: agent.priceMinor,
  currency: agent.currency,
  popularity: agent.popularity,
  createdAt: iso(agent.createdAt),
  updatedAt: iso(agent.updatedAt),
});

/** An agent as its creator sees it. */
export const showOwnAgent = (agent: Agent) => ({
  ...showListing(agent),
  systemPrompt: agent.systemPrompt,
  access: "own" as const,
});

/**
 * An agent as its user sees it: with the system prompt only for its creator. `access` null: listed,
 * and not bought.
 */
export const showAgentFor = (agent: Agent, access: AgentAccess | null) =>
  access === "own" ? showOwnAgent(agent) : { ...showListing(agent), access };
