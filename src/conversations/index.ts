/** Conversations and their messages, in an object for each user. See README.md. */
export { ChatHistory } from "./chat-history.ts";
export { type HistoryItemView, iterateMessages } from "./export.ts";
export { chatHistory } from "./history.ts";
export { agentMessageRoutes, chatMessageRoutes } from "./message-routes.ts";
export { paymentLinkRoutes } from "./payment-link-routes.ts";
export { conversationRoutes } from "./routes.ts";
export { conversationView, messageView } from "./wire.ts";
