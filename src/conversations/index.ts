/**
 * The front door of conversations: what was said, in an object of its user's own. See README.md.
 */
export { ChatHistory } from "./chat-history.ts";
export { iterateMessages, type HistoryItemView } from "./export.ts";
export { agentMessageRoutes, conversationRoutes, paymentLinkRoutes, chatMessageRoutes } from "./routes.ts";
