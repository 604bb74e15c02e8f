import type { Meter } from "../../meters.ts";
import type { CounterPeriod } from "./allowance-window.ts";
import type { TokenPrices, TokenUsage, UnitPrice } from "./price.ts";

/** The part of a hold or capture that one grant pays. */
export interface GrantShare {
  readonly grantNo: number;
  readonly microcredits: number;
}

/**
 * The part of an allowance that one hold or use takes. It counts in the period that began at
 * `periodStart`, whenever it ends.
 */
export interface MeterShare {
  readonly counter: string;
  readonly periodStart: number;
  readonly quantity: number;
  /**
   * Set where the plan bills use past the allowance: the included quantity, and the most of
   * `quantity` that can be past it.
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

/** What a model was asked for, where that was no chat. */
export type Task = "embedding" | "image" | "speech" | "transcription" | "moderation";

/** The terms of a chat, fixed before it: the payer, the maximum and the prices. */
export interface HoldTerms {
  readonly payer: "allowance" | "credits" | "overage";
  readonly amountMicrocredits: number;
  readonly shares: readonly GrantShare[];
  readonly meters: readonly MeterShare[];
  readonly keyId: string | null;
  /** The start of the key's budget period that this hold counts in; 0 without a budget. */
  readonly keyPeriodStart: number;
  readonly model: string;
  readonly prices: TokenPrices;
  readonly promptBoundTokens: number;
  readonly maxTokens: number;
  readonly choices: number;
  /** The most units of the price's unit. Absent where the model counts tokens alone. */
  readonly maxUnits?: number;
  /** Absent for a chat. */
  readonly task?: Task;
  readonly expiresAt: number;
  readonly idempotencyKey: string | null;
}

/** Who served a chat, when it began, and at what cost. Each is absent where it is not known. */
export interface ServedBy {
  /** The upstream that was asked last, by its name in the settings. */
  readonly upstream?: string;
  /** From the request to the first byte of the upstream's answer. */
  readonly firstByteMs?: number;
  /** Whether a stream was asked for. */
  readonly isStream?: boolean;
  /** What the upstream takes, in billionths of the currency's major unit. No user sees it. */
  readonly upstreamCost?: { readonly currency: string; readonly nanos: number };
}

/** The outcome of relaying a reply. */
export type RelayEnding = "complete" | "client_gone" | "upstream_failed";

/**
 * A change of an account's value, in the only form in which it is kept. Entries are appended and
 * never changed: the account's state is their fold (`state.ts`). Amounts that leave are positive
 * here and negative in the ledger.
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
  /** The part of a grant that was not held at its expiry, or was released after it. */
  | { readonly kind: "grant_expiry"; readonly grantNo: number; readonly amountMicrocredits: number }
  /** Credit taken back: what the grant has left and not held; the rest becomes a debt. */
  | { readonly kind: "grant_void"; readonly grantNo: number; readonly amountMicrocredits: number }
  /**
   * Credit given back, because less was to be taken back than before: it cancels the grant's debt
   * first, and the rest is left again.
   */
  | {
      readonly kind: "grant_restore";
      readonly grantNo: number;
      readonly amountMicrocredits: number;
    }
  | { readonly kind: "grant_freeze"; readonly grantNo: number }
  | { readonly kind: "grant_unfreeze"; readonly grantNo: number }
  /** A grant that was evicted as used up is live again, as it was. */
  | { readonly kind: "grant_revived"; readonly grant: Grant }
  /**
   * Free credit of a grant pays a debt: its own (`debtorNo` = `grantNo`), another grant's, or
   * (null) one that an admin's deduction made.
   */
  | {
      readonly kind: "debt_payment";
      readonly grantNo: number;
      readonly debtorNo: number | null;
      readonly amountMicrocredits: number;
    }
  /** A grant can pay its own debt again that another one had paid: the payer gets it back. */
  | {
      readonly kind: "debt_return";
      readonly grantNo: number;
      readonly payerNo: number;
      readonly amountMicrocredits: number;
    }
  | ({ readonly kind: "hold" } & HoldTerms)
  | ({
      readonly kind: "capture";
      readonly holdNo: number;
      readonly shares: readonly GrantShare[];
      /** A copy of the hold's, so that one row describes a chat. */
      readonly model: string;
      readonly keyId: string | null;
      readonly task?: Task;
      /** What `usage.units` counts. */
      readonly unit?: Pick<UnitPrice, "kind" | "variant">;
      readonly usage: TokenUsage;
      readonly estimated: boolean;
      readonly ending: RelayEnding;
      readonly latencyMs: number;
      /** The part that went past the allowance; absent when nothing did. */
      readonly overage?: readonly Overage[];
    } & ServedBy)
  | ({ readonly kind: "void"; readonly holdNo: number; readonly ending: RelayEnding } & ServedBy)
  /** The end of a hold that was not settled in time. */
  | { readonly kind: "expire"; readonly holdNo: number }
  /** Credit that an admin deducts from these grants; the part that they do not cover is a debt. */
  | {
      readonly kind: "take";
      readonly operationId: string;
      readonly amountMicrocredits: number;
      readonly shares: readonly GrantShare[];
      readonly reason: string;
    }
  /**
   * A use of an allowance that is not a chat. It counts in the plan's period, and in the counter of
   * the period `at_once` until it is released.
   */
  | {
      readonly kind: "track";
      readonly operationId: string;
      readonly meter: Meter;
      readonly quantity: number;
      readonly period: CounterPeriod;
      readonly periodStart: number;
      readonly overage?: readonly Overage[];
    }
  /** The end of a tracked use: it does not count in `at_once` any more. */
  | {
      readonly kind: "track_release";
      readonly operationId: string;
      readonly meter: Meter;
      readonly quantity: number;
    }
  /** Use of a window that was cut short, which counts in the next one (`carry-over.ts`). */
  | {
      readonly kind: "usage_carried";
      readonly counter: string;
      readonly periodStart: number;
      readonly quantity: number;
      readonly from: { readonly counter: string; readonly periodStart: number };
    }
  /**
   * Accumulated overage, which is reported to Stripe under this entry's number. `usedAt`: its last
   * use, in ms.
   */
  | ({ readonly kind: "overage_report"; readonly usedAt: number } & Overage)
  /** The posted balance below which the user is told; null tells nobody. */
  | { readonly kind: "balance_watch"; readonly thresholdMicrocredits: number | null }
  /** Reports that D1 has. */
  | { readonly kind: "overage_sent"; readonly reportNos: readonly number[] };

/** An entry with its number, which orders all entries of an account, and its time in ms. */
export interface NumberedEntry<E extends Entry = Entry> {
  readonly entryNo: number;
  readonly at: number;
  readonly entry: E;
}

/** Returns the sum of shares. */
export const sumShares = (shares: readonly GrantShare[]): number =>
  shares.reduce((sum, share) => sum + share.microcredits, 0);
