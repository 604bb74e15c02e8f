/** One paid completion, on the wire and for a conversation. See README.md. */
export { rateLimitHeaders } from "./answer.ts";
export { type ChatTextAnswer, chatText, FINISH_REASON_ERROR } from "./chat-text.ts";

export { chatRoutes } from "./routes.ts";
