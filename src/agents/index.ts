/** The front door of agents: who can be talked to, and the marketplace. See README.md. */
export { freePlaces } from "./delete-agent.ts";
export { iterateAgents, iterateAgentListings } from "./export.ts";
export { agentRoutes, marketplaceRoutes } from "./routes.ts";
export { removeAgentsOf } from "./store.ts";
export { recordAgentConversation, type Talker, talkerFor } from "./talking.ts";
