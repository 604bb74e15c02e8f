export { creditAccount } from "./account-client.ts";
export { CreditAccount } from "./credit-account.ts";
export {
  CHAT_ENDINGS,
  type ChatPage,
  type ChatQuery,
  type ChatView,
  NO_KEY,
} from "./ledger/chat-log.ts";
export type { ChatTotals, ChatTotalsPage, ChatTotalsQuery } from "./ledger/chat-totals.ts";
export type { RelayEnding, ServedBy, Task } from "./ledger/entries.ts";
export type { LedgerRow } from "./ledger/ledger.ts";
export {
  costThousandths,
  isReasoningDearer,
  maxCostMicrocredits,
  type TokenPrices,
  type TokenUsage,
  type UnitKind,
  type UnitPrice,
} from "./ledger/price.ts";
export type { DailyUsage, UpstreamUsage, UsageSums } from "./ledger/state.ts";
export type { AuthorizeCommand, AuthorizeResult } from "./methods/authorize-chat.ts";
export { ACCOUNT_SUSPENDED } from "./methods/set-suspension.ts";
export type { SettleResult } from "./methods/settle-chat.ts";
export { type ChatOutcome, costWithinHold } from "./methods/settlement-decision.ts";
export {
  type AccountNotice,
  deferNotice,
  deleteNoticesOf,
  listUnhandledNotices,
  markNoticeHandled,
} from "./reporting/notice-queue.ts";
export {
  listUnsentOverageReports,
  listUnsentOverageReportsOf,
  markOverageReportSent,
  type OverageReport,
  recordOverageReportFailure,
} from "./reporting/overage-reports.ts";
export {
  countActiveUsers,
  listDailyUsage,
  listTopUsers,
  listUsageByModel,
  listUsageByUpstream,
  type UsageTotals,
} from "./reporting/usage-report.ts";
export type { IdempotentRequest, StoredResponse } from "./stores/idempotency.ts";
export type { RateLimit } from "./stores/rate-limit.ts";
export * from "./types.ts";
