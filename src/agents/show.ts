import type { SaleView } from "../billing/index.ts";
import { toIso } from "../time.ts";
import type { AgentAccess } from "./access.ts";
import type { Agent, AgentListing } from "./tables.ts";
import type { AgentSaleView, ListedAgentView, OthersAgentView, OwnAgentView } from "./wire.ts";

/** Shows an agent as everybody may see it. */
export const showListing = (agent: AgentListing): ListedAgentView => ({
  id: agent.id,
  name: agent.name,
  description: agent.description,
  avatarUrl: agent.avatarUrl,
  model: agent.model,
  greeting: agent.greeting,
  tools: [...agent.tools],
  visibility: agent.visibility,
  priceMinor: agent.priceMinor,
  currency: agent.currency,
  popularity: agent.popularity,
  createdAt: toIso(agent.createdAt),
  updatedAt: toIso(agent.updatedAt),
});

/** Shows an agent as its creator sees it. */
export const showOwnAgent = (agent: Agent): OwnAgentView => ({
  ...showListing(agent),
  systemPrompt: agent.systemPrompt,
  access: "own",
});

/**
 * Shows an agent as another user sees it, without its system prompt.
 * @param access null: listed, and not bought
 */
export const showOthersAgent = (
  agent: AgentListing,
  access: OthersAgentView["access"],
): OthersAgentView => ({ ...showListing(agent), access });

/** Shows an agent to a user: with the system prompt only to its creator. */
export const showAgentFor = (agent: Agent, access: AgentAccess): OwnAgentView | OthersAgentView =>
  access === "own" ? showOwnAgent(agent) : showOthersAgent(agent, access);

/** Shows a sale of a licence to the agent's creator. */
export const showAgentSale = ({
  kind: _kind,
  subjectId,
  shareMinor,
  ...sale
}: SaleView): AgentSaleView => ({
  ...sale,
  agentId: subjectId,
  shareMinor,
  // A part of what was paid, without taxes on top of the price.
  operatorShareMinor: Math.min(sale.paidMinor, sale.amountMinor) - shareMinor,
});
