import type { Entitlement, Meter, Period } from "../meters.ts";

/**
 * What a key may be used for. Managing sign-in, deleting the user and making keys always needs a
 * signed-in session.
 */
export const SCOPES = ["chat", "read", "write"] as const;
export type Scope = (typeof SCOPES)[number];

export interface KeyBudget {
  readonly limitMicrocredits: number;
  readonly period: Period;
}

/**
 * A key as its owner sees it. Never the key itself: only its SHA-256 is kept. Times in ms since
 * 1970.
 */
export interface ApiKey {
  readonly keyId: string;
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly budget: KeyBudget | null;
  /** Within the budget's current period; without a budget since the key was made. */
  readonly spentMicrocredits: number;
  readonly totalMicrocredits: number;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
}

/** A key to be made. `hash` is the SHA-256 of the whole key, hex. */
export interface NewApiKey {
  readonly keyId: string;
  readonly hash: string;
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly budget: KeyBudget | null;
  readonly expiresAt: number | null;
}

/** A key as the object keeps it. */
export interface KeyRecord extends NewApiKey {
  readonly createdAt: number;
}

/**
 * Who asks: a signed-in session (its token already verified), or a key by its hash (verified in the
 * object).
 */
export type CallerCredential =
  | { readonly kind: "session" }
  | { readonly kind: "key"; readonly hash: string };

/**
 * Gives credit. `operationId` names the thing sold (`order:ord_…`): the same one a second time
 * gives nothing more. A `standing` is applied each time.
 */
export interface GrantCommand {
  readonly operationId: string;
  readonly amountMicrocredits: number;
  /** Lower is spent first; equal priorities by expiry, then by age. */
  readonly priority: number;
  /** In ms; null is at once. */
  readonly effectiveAt: number | null;
  /** In ms; null is never. */
  readonly expiresAt: number | null;
  /** Shown to the user in the ledger: "Starter pack". */
  readonly reason: string;
  /**
   * Without one, the grant's standing stays as it is: a new grant's is that nothing was taken back.
   */
  readonly standing?: GrantReversal;
}

/**
 * Where what a grant was paid with stands: how much of it was taken back (refunded, lost in a
 * dispute), and whether a dispute is open. Set whole each time, so repeated and reordered news end
 * alike.
 */
export interface GrantReversal {
  /**
   * In all, of the grant's amount: 0 is nothing, and less than before gives the difference back.
   * More than the amount is all of it.
   */
  readonly voidedMicrocredits: number;
  /**
   * While it is, what is left of the grant can neither be spent nor pay a debt. Its expiry is not
   * put off.
   */
  readonly frozen: boolean;
}

export interface GrantResult {
  readonly grantId: string;
  /** False when this operation had been applied before. */
  readonly applied: boolean;
  /**
   * Whether the command's standing was news: false without one, and when the grant stood so
   * already.
   */
  readonly standingChanged: boolean;
  readonly balance: Balance;
}

/**
 * Takes credits away, as an admin does: what is free of the grants in burn order, and the rest as a
 * debt. Once for each `operationId`.
 */
export interface DeductCommand {
  readonly operationId: string;
  readonly amountMicrocredits: number;
  /** Shown to the user in the ledger. */
  readonly reason: string;
}

export interface DeductResult {
  /** False when this operation had been applied before. */
  readonly applied: boolean;
  readonly balance: Balance;
}

/**
 * Uses up an allowance. `operationId` names what it is for (`agent:agt_…`): the same one counts
 * once, in whatever period.
 */
export interface TrackCommand {
  readonly operationId: string;
  readonly meter: Meter;
  /** A whole number above 0. */
  readonly quantity: number;
}

export interface TrackResult {
  /** False when this operation had been counted before. */
  readonly applied: boolean;
  /** Where the meter stands after it, in the plan in force. */
  readonly usage: MeterUsage;
}

export interface ReleaseResult {
  /** False when there was nothing to give back: it was given back before, or never tracked. */
  readonly released: boolean;
}

/**
 * available = posted − held. Below 0 posted is a debt: more was taken back than was left. `held`
 * includes what is frozen.
 */
export interface Balance {
  readonly postedMicrocredits: number;
  readonly heldMicrocredits: number;
  readonly availableMicrocredits: number;
}

export interface MeterUsage {
  readonly meter: Meter;
  /** More than `limit` where the plan's overage lets more through, or the limit was more before. */
  readonly used: number;
  readonly limit: number | null;
  readonly period: Period;
  readonly resetsAt: number | null;
}

export interface GrantView {
  readonly grantId: string;
  readonly operationId: string;
  readonly reason: string;
  readonly amountMicrocredits: number;
  readonly remainingMicrocredits: number;
  readonly expiredMicrocredits: number;
  /**
   * What was taken back of it, the part included that was spent already and is or was a debt. What
   * had expired is not taken back.
   */
  readonly voidedMicrocredits: number;
  readonly frozen: boolean;
  readonly priority: number;
  readonly createdAt: number;
  readonly effectiveAt: number;
  readonly expiresAt: number | null;
}

export interface AccountSummary {
  readonly planId: string;
  readonly balance: Balance;
  /** All that was ever granted, and all that was ever captured. */
  readonly grantedMicrocredits: number;
  readonly capturedMicrocredits: number;
  /**
   * All that was taken back, and all that expired: granted − expired − voided − captured = posted.
   */
  readonly voidedMicrocredits: number;
  readonly expiredMicrocredits: number;
  readonly meters: readonly MeterUsage[];
  /** Live grants that expire, soonest first. */
  readonly expiring: readonly GrantView[];
}

export type { Entitlement };
