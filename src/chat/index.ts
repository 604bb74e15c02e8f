/**
 * The front door of chat: one paid completion, on the wire and for a conversation. See README.md.
 */
export { rateLimitHeaders } from "./answer.ts";
export { chatBody } from "./request.ts";
export { chatRoutes } from "./routes.ts";
export { FINISH_REASON_ERROR, type ChatTextAnswer, chatText } from "./chat-text.ts";
