import type { Env } from "../env.ts";
import type { CreditAccount } from "./credit-account.ts";

export type { AuthorizeCommand, AuthorizeReply } from "./authorize-chat.ts";
export { CHAT_ENDINGS, type ChatPage, type ChatQuery, type ChatView, NO_KEY } from "./chat-log.ts";
export { CreditAccount } from "./credit-account.ts";
export type { Ending } from "./entries.ts";
export type { IdempotentRequest, StoredResponse } from "./idempotency.ts";
export type { LedgerRow } from "./ledger.ts";
export { noteOverageFailure, noteOverageSent, type OverageReport, unsentOverage } from "./overage-reports.ts";
export type { TokenUsage } from "./price.ts";
export type { RateLimit } from "./rate-limit.ts";
export { costUnder, type Outcome } from "./settle.ts";
export type { SettleReply } from "./settle-chat.ts";
export type { DailyUsage } from "./state.ts";
export * from "./types.ts";
export { activeUsers, dailyUsageOf, topUsers, type UsageTotals, usageByModel } from "./usage-report.ts";

/** The one object that holds a user's money. Every decision about value is made inside it. */
export const creditAccount = (env: Pick<Env, "CREDIT_ACCOUNT">, userId: string): DurableObjectStub<CreditAccount> =>
  env.CREDIT_ACCOUNT.get(env.CREDIT_ACCOUNT.idFromName(userId));
