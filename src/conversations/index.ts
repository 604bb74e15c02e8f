/**
 * The front door of conversations: what was said, in an object of its user's own. See README.md.
 */
export { ChatHistory } from "./chat-history.ts";
export { type HistoryItemView, iterateMessages } from "./export.ts";
export { chatHistory } from "./history.ts";
export {
  agentMessageRoutes,
  chatMessageRoutes,
  conversationRoutes,
  paymentLinkRoutes,
} from "./routes.ts";
