/** The front door of agents: who can be talked to, and the marketplace. See README.md. */

export { type ChatAgent, recordAgentConversation, resolveChatAgent } from "./chat-agent.ts";
export { releaseStaleSlots } from "./delete-agent.ts";
export { iterateAgentListings, iterateAgents } from "./export.ts";
export { agentRoutes, marketplaceRoutes } from "./routes.ts";
export { deleteAgentsByOwner } from "./store.ts";
