import type { Env } from "../env.ts";
import type { CreditAccount } from "./credit-account.ts";

export type { AuthorizeReply } from "./authorize-chat.ts";
export { CreditAccount } from "./credit-account.ts";
export { costMicrocredits, type TokenPrices, type TokenUsage } from "./price.ts";
export * from "./types.ts";

/** The one object that holds a user's money. Every decision about value is made inside it. */
export const creditAccount = (env: Pick<Env, "CREDIT_ACCOUNT">, userId: string): DurableObjectStub<CreditAccount> =>
  env.CREDIT_ACCOUNT.get(env.CREDIT_ACCOUNT.idFromName(userId));
