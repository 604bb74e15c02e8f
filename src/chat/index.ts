/** One paid completion, on the wire and for a conversation. See README.md. */
export { rateLimitHeaders } from "./answer.ts";
export { type ChatTextAnswer, chatText } from "./chat-text.ts";
export { FINISH_REASON_ERROR } from "./reported-error.ts";

export { chatRoutes } from "./routes.ts";
