export type { AuthorizeCommand, AuthorizeReply } from "./authorize-chat.ts";
export { CHAT_ENDINGS, type ChatPage, type ChatQuery, type ChatView, NO_KEY } from "./chat-log.ts";
export { CreditAccount } from "./credit-account.ts";
export type { Ending } from "./entries.ts";
export type { IdempotentRequest, StoredResponse } from "./idempotency.ts";
export type { LedgerRow } from "./ledger.ts";
export { creditAccount } from "./object.ts";
export {
  noteOverageFailure,
  noteOverageSent,
  type OverageReport,
  unsentOverage,
} from "./overage-reports.ts";
export type { TokenUsage } from "./price.ts";
export type { RateLimit } from "./rate-limit.ts";
export { costUnder, type Outcome } from "./settle.ts";
export type { SettleReply } from "./settle-chat.ts";
export type { DailyUsage } from "./state.ts";
export * from "./types.ts";
export {
  activeUsers,
  dailyUsageOf,
  topUsers,
  type UsageTotals,
  usageByModel,
} from "./usage-report.ts";
