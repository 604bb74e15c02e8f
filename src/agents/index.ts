/** The front door of agents: who can be talked to, and the marketplace. See README.md. */
export { releaseStaleSlots } from "./delete-agent.ts";
export { iterateAgents, iterateAgentListings } from "./export.ts";
export { agentRoutes, marketplaceRoutes } from "./routes.ts";
export { deleteAgentsByOwner } from "./store.ts";
export { recordAgentConversation, type ChatAgent, resolveChatAgent } from "./chat-agent.ts";
