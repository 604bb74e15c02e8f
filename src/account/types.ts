import type { AllowancePeriod, Entitlement, Meter, Period } from "../meters.ts";

/**
 * The scopes of a key. `write` changes what its user has here, but for money: that takes `billing`.
 * Managing sign-in, deleting the user and making keys always needs a signed-in session.
 */
export const SCOPES = ["chat", "read", "write", "billing"] as const;
export type Scope = (typeof SCOPES)[number];

/** The scopes of a key whose maker names none, and of every key that a page or an order makes. */
export const DEFAULT_SCOPES: readonly Scope[] = ["chat", "read"];

export interface KeyBudget {
  readonly limitMicrocredits: number;
  readonly period: Period;
}

/**
 * The most that a key with the scope `billing` may begin to buy in a period, before discounts and
 * taxes. `currency` is lower case, as Stripe has it.
 */
interface PurchaseLimit {
  readonly limitMinor: number;
  readonly currency: string;
  readonly period: Period;
}

/**
 * Sessions that ended. Their access tokens are refused until `untilMs`, when the last has expired.
 */
export interface EndSessionsCommand {
  readonly sessionIds: readonly string[];
  readonly untilMs: number;
}

/** A purchase that a key is about to begin. `operationId` names it (`order:ord_…`). */
export interface PurchaseCommand {
  /** The SHA-256 of the key's text. */
  readonly hash: string;
  readonly operationId: string;
  readonly amountMinor: number;
  readonly currency: string;
}

/**
 * A key as its owner sees it, without the key itself: only its SHA-256 is stored. Times in ms since
 * 1970.
 */
export interface ApiKey {
  readonly keyId: string;
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly budget: KeyBudget | null;
  readonly purchaseLimit: PurchaseLimit | null;
  /** In the current period of the purchase limit; 0 without one. */
  readonly purchasedMinor: number;
  /** Within the budget's current period; without a budget since the key was created. */
  readonly spentMicrocredits: number;
  readonly totalMicrocredits: number;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
  /** When its owner disabled it; null while it works. Absent in answers of earlier versions. */
  readonly disabledAt?: number | null;
  /** When its secret was last replaced; null for its first one. Absent as `disabledAt`. */
  readonly rotatedAt?: number | null;
  /** When the last of its earlier secrets ends; null where none works. Absent as `disabledAt`. */
  readonly oldSecretsEndAt?: number | null;
  /** For how many days prompts and replies of its chats are kept; null or absent for none. */
  readonly keepDays?: number | null;
}

/** A key to be created. `hash` is the SHA-256 of the whole key, hex. */
export interface NewApiKey {
  readonly keyId: string;
  readonly hash: string;
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly budget: KeyBudget | null;
  /** Absent in keys of earlier versions, which buy nothing. */
  readonly purchaseLimit?: PurchaseLimit | null;
  /** For how many days prompts and replies of its chats are kept; null or absent for none. */
  readonly keepDays?: number | null;
  readonly expiresAt: number | null;
  /**
   * Set of the token of a session that the founder's backend began: its user neither lists nor
   * revokes it. What it buys has no limit: it is short-lived, and its user pays on Stripe's page.
   */
  readonly isSession?: true;
}

/** A key to be created, unless the account has `keysMax` already. */
export interface CreateKeyCommand extends NewApiKey {
  readonly keysMax?: number;
}

/** An earlier secret of a key, by its SHA-256. It works until `endsAt`. */
export interface OldSecret {
  readonly hash: string;
  readonly endsAt: number;
}

/** A key as the object stores it. The optional fields are absent in keys of earlier versions. */
export interface KeyRecord extends NewApiKey {
  readonly createdAt: number;
  readonly disabledAt?: number | null;
  readonly rotatedAt?: number | null;
  readonly oldSecrets?: readonly OldSecret[];
}

/** Changes of a key. Fields that are left out stay as they are; null is none, or no limit. */
export interface UpdateKeyCommand {
  readonly keyId: string;
  readonly name?: string | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly budget?: KeyBudget | null | undefined;
  readonly expiresAt?: number | null | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly keepDays?: number | null | undefined;
}

/**
 * A new secret of a key, by its SHA-256. The earlier ones work for as long as the overlap, or until
 * their own end where that is sooner. The same secret again changes nothing.
 */
export interface RotateKeyCommand {
  readonly keyId: string;
  readonly hash: string;
  readonly overlapSeconds: number;
}

/**
 * The caller's credential: a signed-in session, whose token is already verified, or a key by its
 * hash, which the object verifies.
 */
export type CallerCredential =
  /** Absent in commands of Workers of earlier versions. */
  | { readonly kind: "session"; readonly sessionId?: string }
  /** A management key, which the Worker verified, on behalf of the account's user. */
  | { readonly kind: "management" }
  /** `country`: of the request, an ISO 3166 code; absent where Cloudflare did not tell it. */
  | { readonly kind: "key"; readonly hash: string; readonly country?: string };

/**
 * Grants credits. `operationId` names the sale (`order:ord_…`): the same one again grants nothing
 * more. A `standing` is applied each time.
 */
export interface GrantCommand {
  readonly operationId: string;
  readonly amountMicrocredits: number;
  /** The lowest is spent first; equal priorities by expiry, then by age. */
  readonly priority: number;
  /** In ms; null is now. */
  readonly effectiveAt: number | null;
  /** In ms; null is never. */
  readonly expiresAt: number | null;
  /** Shown to the user in the ledger: "Starter pack". */
  readonly reason: string;
  /** Without it, the grant's reversal stays as it is; a new grant has none. */
  readonly standing?: GrantReversal;
}

/**
 * The reversal of a grant, after the payment for it was refunded, disputed or lost in a dispute. It
 * is absolute, so repeated and reordered commands end alike.
 */
export interface GrantReversal {
  /**
   * The total taken back of the grant's amount. Less than before gives the difference back; more
   * than the amount is all of it.
   */
  readonly voidedMicrocredits: number;
  /**
   * Whether a dispute is open. Frozen credit can neither be spent nor pay a debt, and expires in
   * its time.
   */
  readonly frozen: boolean;
}

export interface GrantResult {
  readonly grantId: string;
  /** False when this operation was applied before. */
  readonly applied: boolean;
  /** Whether the command's `standing` changed the grant's reversal. */
  readonly standingChanged: boolean;
  readonly balance: Balance;
}

/**
 * Deducts credits, as an admin does: free credit in burn order, and the rest as a debt. Once for
 * each `operationId`.
 */
export interface DeductCommand {
  readonly operationId: string;
  readonly amountMicrocredits: number;
  /** Shown to the user in the ledger. */
  readonly reason: string;
}

export interface DeductResult {
  /** False when this operation was applied before. */
  readonly applied: boolean;
  readonly balance: Balance;
}

/**
 * Tracks a use of an allowance. `operationId` names its subject (`agent:agt_…`): the same one
 * counts once, in whatever period.
 */
export interface TrackCommand {
  readonly operationId: string;
  readonly meter: Meter;
  /** A whole number above 0. */
  readonly quantity: number;
}

export interface TrackResult {
  /** False when this operation was counted before. */
  readonly applied: boolean;
  /** The use of the meter after it, in the effective plan. */
  readonly usage: MeterUsage;
}

/** The balance below which the user of an account is told; null where nobody is. */
export interface BalanceWatch {
  readonly thresholdMicrocredits: number | null;
}

export interface ReleaseResult {
  /** False when the use was released before, or never tracked. */
  readonly released: boolean;
}

/**
 * A balance: available = posted − held. Posted below 0 is a debt: more was taken back than was
 * left. `held` includes frozen credit.
 */
export interface Balance {
  readonly postedMicrocredits: number;
  readonly heldMicrocredits: number;
  readonly availableMicrocredits: number;
}

export interface MeterUsage {
  readonly meter: Meter;
  /** More than `limit` with overage, or when the limit was higher before. */
  readonly used: number;
  readonly limit: number | null;
  readonly period: AllowancePeriod;
  readonly resetsAt: number | null;
}

export interface GrantView {
  readonly grantId: string;
  readonly operationId: string;
  readonly reason: string;
  readonly amountMicrocredits: number;
  readonly remainingMicrocredits: number;
  /** The part of `remaining` that open chats hold. */
  readonly heldMicrocredits: number;
  readonly expiredMicrocredits: number;
  /**
   * The total taken back of it, with the part that was spent already and is or was a debt. Expired
   * credit is not taken back.
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
  /** The part of the held balance that a dispute freezes. Open holds have the rest. */
  readonly frozenMicrocredits: number;
  /** All-time totals: granted − expired − voided − captured = posted. */
  readonly grantedMicrocredits: number;
  readonly capturedMicrocredits: number;
  readonly voidedMicrocredits: number;
  readonly expiredMicrocredits: number;
  readonly meters: readonly MeterUsage[];
  /** Live grants that expire, soonest first. */
  readonly expiring: readonly GrantView[];
}

/** A key that was used in another country than before. */
export interface NewKeyPlace {
  readonly keyId: string;
  readonly keyName: string;
  readonly country: string;
  readonly atMs: number;
}

/** `scope` null: any key. `country` as in `CallerCredential`. */
export interface VerifyKeyCommand {
  readonly hash: string;
  readonly scope: Scope | null;
  readonly country?: string | undefined;
}

/** A key that is good, and whether the operator suspended its user. */
export interface VerifiedKey {
  readonly key: ApiKey;
  readonly isSuspended: boolean;
}

/** Whether the operator suspended the user of an open account. */
export interface Standing {
  readonly isSuspended: boolean;
}

/** Whether the operator suspended the user, as of the `changeNo`th suspension or resumption. */
export interface Suspension {
  readonly changeNo: number;
  readonly isSuspended: boolean;
}

export type { Entitlement };
