/** Agents to chat with, and the marketplace for licences to them. See README.md. */
export { type ChatAgent, recordAgentUser, resolveChatAgent } from "./chat-agent.ts";
export { releaseStaleSlots } from "./delete-agent.ts";
export { iterateAgentListings, iterateAgents } from "./export.ts";
export { forgetMarketplacePages } from "./marketplace-cache.ts";
export { agentRoutes, marketplaceRoutes } from "./routes.ts";
export { countAgents, deleteAgentsByOwner } from "./store.ts";
export { listedAgentView, ownAgentView } from "./wire.ts";
