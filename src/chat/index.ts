/**
 * The front door of chat: one paid completion, on the wire and for a conversation. See README.md.
 */
export { rateHeaders } from "./answer.ts";
export { chatBody } from "./request.ts";
export { chatRoutes } from "./routes.ts";
export { BROKE_OFF, type TalkAnswer, talk } from "./talk.ts";
