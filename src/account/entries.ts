import type { TokenPrices, TokenUsage } from "./price.ts";

/** Part of a hold or capture that one grant pays. */
export interface GrantShare {
  readonly grantNo: number;
  readonly microcredits: number;
}

/** Part of an allowance that one hold uses. `periodStart` says in which period it counts, whenever it ends. */
export interface MeterShare {
  readonly counter: string;
  readonly periodStart: number;
  readonly quantity: number;
}

/** What was agreed before the ride: who pays, how much at most, and at which prices. */
export interface HoldTerms {
  readonly payer: "allowance" | "credits";
  readonly amountMicrocredits: number;
  readonly shares: readonly GrantShare[];
  readonly meters: readonly MeterShare[];
  readonly keyId: string | null;
  /** The key's budget period that this hold counts in; 0 without a budget. */
  readonly keyPeriodStart: number;
  readonly model: string;
  readonly prices: TokenPrices;
  readonly promptBoundTokens: number;
  readonly maxTokens: number;
  readonly choices: number;
  readonly expiresAt: number;
  readonly idempotencyKey: string | null;
}

/** How the relay of a reply ended. */
export type Ending = "complete" | "client_gone" | "upstream_failed";

/**
 * Everything that can happen to an account's value, in the only form in which it is kept. Entries are appended and never
 * changed: the account's state is their fold (`state.ts`). Amounts that leave are positive here and negative in the ledger.
 */
export type Entry =
  | {
      readonly kind: "grant";
      readonly operationId: string;
      readonly amountMicrocredits: number;
      readonly priority: number;
      readonly effectiveAt: number;
      readonly expiresAt: number | null;
      readonly reason: string;
    }
  /** A grant that was given for later begins to count. */
  | { readonly kind: "grant_effective"; readonly grantNo: number }
  /** What nobody held of a grant at its expiry, or was released after it. */
  | { readonly kind: "grant_expiry"; readonly grantNo: number; readonly amountMicrocredits: number }
  | ({ readonly kind: "hold" } & HoldTerms)
  | {
      readonly kind: "capture";
      readonly holdNo: number;
      readonly shares: readonly GrantShare[];
      /** Of the hold, once more: so that a chat can be told in one row. */
      readonly model: string;
      readonly keyId: string | null;
      readonly usage: TokenUsage;
      readonly estimated: boolean;
      readonly ending: Ending;
      readonly latencyMs: number;
    }
  | { readonly kind: "void"; readonly holdNo: number; readonly ending: Ending }
  /** Nobody settled the hold in its time. */
  | { readonly kind: "expire"; readonly holdNo: number };

/** An entry with its number, which orders all entries of an account, and its time in ms. */
export interface Numbered<E extends Entry = Entry> {
  readonly entryNo: number;
  readonly at: number;
  readonly entry: E;
}

/** The sum of what shares carry. */
export const sumShares = (shares: readonly GrantShare[]): number => shares.reduce((sum, share) => sum + share.microcredits, 0);
