export { CreditAccount } from "./credit-account.ts";
export {
  CHAT_ENDINGS,
  type ChatPage,
  type ChatQuery,
  type ChatView,
  NO_KEY,
} from "./ledger/chat-log.ts";
export type { Ending } from "./ledger/entries.ts";
export type { LedgerRow } from "./ledger/ledger.ts";
export type { TokenUsage } from "./ledger/price.ts";
export type { DailyUsage } from "./ledger/state.ts";
export type { AuthorizeCommand, AuthorizeReply } from "./methods/authorize-chat.ts";
export { costUnder, type Outcome } from "./methods/settle.ts";
export type { SettleReply } from "./methods/settle-chat.ts";
export { creditAccount } from "./object.ts";
export {
  recordOverageReportFailure,
  markOverageReportSent,
  type OverageReport,
  unsentOverage,
} from "./reporting/overage-reports.ts";
export {
  activeUsers,
  dailyUsageOf,
  topUsers,
  type UsageTotals,
  usageByModel,
} from "./reporting/usage-report.ts";
export type { IdempotentRequest, StoredResponse } from "./stores/idempotency.ts";
export type { RateLimit } from "./stores/rate-limit.ts";
export * from "./types.ts";
