/** One paid completion, on the wire and for a conversation. See README.md. */

export { type NativeRequest, parseLossless } from "../upstream/index.ts";
export {
  estimatePrompt,
  newGenerationId,
  rateLimitHeaders,
  servedHeaders,
  toOutcome,
} from "./answer.ts";
export { type Attempt, askInTurn, lastMomentOf } from "./ask-in-turn.ts";
export { type ChatTextAnswer, chatText } from "./chat-text.ts";
export { estimateTokenCount } from "./estimate-tokens.ts";
export { foldName } from "./fold-name.ts";
export { hideInFailure } from "./hide-in-failure.ts";
export { findImageUrlFault } from "./image-url.ts";
export { listParameters } from "./list-parameters.ts";
export { type MeasuredUsage, withoutVendorPrices } from "./measure-usage.ts";
export { type ReplyHead, readAnswer, readHead, type Served } from "./read-events.ts";
export { relayUnread } from "./relay-unread.ts";
export type { FinishReason, ReplyEvent, ReplyUsage } from "./reply-events.ts";
export { reportChat, reportRefusal } from "./report-chat.ts";
export { FINISH_REASON_ERROR } from "./reported-error.ts";
export { buildChatRequest, parseJson } from "./request.ts";
export { requestHold } from "./request-hold.ts";
export { type Candidate, noteEnding, resolveCandidates } from "./resolve-candidates.ts";
export { PAID_FAILURES, type PaidAnswer, respondPaid } from "./respond.ts";
export { chatRoutes } from "./routes.ts";
export { runChat, toChatContext } from "./run-chat.ts";
export { settleHold } from "./settle-hold.ts";
export type { ActiveChat, ChatAnswer, ChatContext } from "./types.ts";
export { isCount, isObject } from "./vendor-usage.ts";
