import type { Meter, Period } from "../../meters.ts";
import type { TokenPrices, TokenUsage } from "./price.ts";

/** Part of a hold or capture that one grant pays. */
export interface GrantShare {
  readonly grantNo: number;
  readonly microcredits: number;
}

/**
 * Part of an allowance that one hold uses. `periodStart` says in which period it counts, whenever
 * it ends.
 */
export interface MeterShare {
  readonly counter: string;
  readonly periodStart: number;
  readonly quantity: number;
  /**
   * Where the plan bills what goes past the allowance: what it includes, and how much of `quantity`
   * was past it at worst.
   */
  readonly overage?: {
    readonly eventName: string;
    readonly included: number;
    readonly past: number;
  };
}

/** Use past an allowance, for Stripe's meter of that event name. */
export interface Overage {
  readonly eventName: string;
  readonly quantity: number;
}

/**
 * A grant as the entries about it left it. `amount` = used + remaining + expired + the part of
 * `voided` that was still left (`voided` less its debts: `owed` and `paidBy`).
 */
export interface Grant {
  readonly grantNo: number;
  readonly operationId: string;
  readonly reason: string;
  readonly amountMicrocredits: number;
  readonly priority: number;
  readonly createdAt: number;
  readonly effectiveAt: number;
  readonly expiresAt: number | null;
  /** False until `effectiveAt` has come and an entry says so. */
  readonly effective: boolean;
  readonly remainingMicrocredits: number;
  readonly expiredMicrocredits: number;
  /** The part of `remaining` that open holds reserve: it is not spendable and does not expire. */
  readonly heldMicrocredits: number;
  /** True while the grant is disputed: what is left can neither be spent nor pay debts. */
  readonly frozen: boolean;
  /** The total taken back of it. */
  readonly voidedMicrocredits: number;
  /** The part of `voided` that had been spent or was held, and that nothing has paid yet. */
  readonly owedMicrocredits: number;
  /** The part of `voided` that other grants paid, by their numbers. */
  readonly paidBy: Readonly<Record<string, number>>;
}

/** What was agreed before the ride: who pays, how much at most, and at which prices. */
export interface HoldTerms {
  readonly payer: "allowance" | "credits" | "overage";
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
export type RelayEnding = "complete" | "client_gone" | "upstream_failed";

/**
 * Everything that can happen to an account's value, in the only form in which it is kept. Entries
 * are appended and never changed: the account's state is their fold (`state.ts`). Amounts that
 * leave are positive here and negative in the ledger.
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
  /** Taken back: what is left of the grant and not held, and the rest is a debt. */
  | { readonly kind: "grant_void"; readonly grantNo: number; readonly amountMicrocredits: number }
  /**
   * Less was taken back than we were told: it cancels the grant's debt first, and what is more is
   * there again.
   */
  | {
      readonly kind: "grant_restore";
      readonly grantNo: number;
      readonly amountMicrocredits: number;
    }
  | { readonly kind: "grant_freeze"; readonly grantNo: number }
  | { readonly kind: "grant_unfreeze"; readonly grantNo: number }
  /** A grant that had been put away as used up is live again, as it was. */
  | { readonly kind: "grant_revived"; readonly grant: Grant }
  /**
   * Free credit of a grant pays a debt: its own (`debtorNo` = `grantNo`), another grant's, or
   * (null) what an admin took.
   */
  | {
      readonly kind: "debt_payment";
      readonly grantNo: number;
      readonly debtorNo: number | null;
      readonly amountMicrocredits: number;
    }
  /** A grant whose debt another one had paid can pay for itself again: the payer gets it back. */
  | {
      readonly kind: "debt_return";
      readonly grantNo: number;
      readonly payerNo: number;
      readonly amountMicrocredits: number;
    }
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
      readonly ending: RelayEnding;
      readonly latencyMs: number;
      /** What of it went past the allowance; absent when nothing did. */
      readonly overage?: readonly Overage[];
    }
  | { readonly kind: "void"; readonly holdNo: number; readonly ending: RelayEnding }
  /** Nobody settled the hold in its time. */
  | { readonly kind: "expire"; readonly holdNo: number }
  /** An admin takes credits: of these grants, and what they do not cover is a debt. */
  | {
      readonly kind: "take";
      readonly operationId: string;
      readonly amountMicrocredits: number;
      readonly shares: readonly GrantShare[];
      readonly reason: string;
    }
  /**
   * A use of an allowance that is not a chat. It counts in the plan's period, and at once: until it
   * is released.
   */
  | {
      readonly kind: "track";
      readonly operationId: string;
      readonly meter: Meter;
      readonly quantity: number;
      readonly period: Period;
      readonly periodStart: number;
      readonly overage?: readonly Overage[];
    }
  /** What was tracked is there no more: it does not count at once any longer. */
  | {
      readonly kind: "track_release";
      readonly operationId: string;
      readonly meter: Meter;
      readonly quantity: number;
    }
  /**
   * Overage that has come together is told to Stripe under this entry's number. `usedAt`: its last
   * use, in ms.
   */
  | ({ readonly kind: "overage_report"; readonly usedAt: number } & Overage)
  /** D1 has these reports. */
  | { readonly kind: "overage_sent"; readonly reportNos: readonly number[] };

/** An entry with its number, which orders all entries of an account, and its time in ms. */
export interface NumberedEntry<E extends Entry = Entry> {
  readonly entryNo: number;
  readonly at: number;
  readonly entry: E;
}

/** The sum of what shares carry. */
export const sumShares = (shares: readonly GrantShare[]): number =>
  shares.reduce((sum, share) => sum + share.microcredits, 0);
