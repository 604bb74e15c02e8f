import type { Grant, HoldTerms, Overage } from "./entries.ts";
import { unheld } from "./grants.ts";

export interface Hold extends HoldTerms {
  readonly holdNo: number;
  readonly createdAt: number;
}

/** The use of one allowance in one period, with the use that open holds reserve. */
export interface Counter {
  readonly periodStart: number;
  /** Includes the use that was carried over. */
  readonly used: number;
  /** The part of `used` that was billed as overage. */
  readonly billed?: number;
  /**
   * The part of `used` that was last carried over, less what holds gave back of it since. `entryNo`
   * is that of the entry that carried it; absent in states of before it was kept.
   */
  readonly carried?: CounterRef & { readonly quantity: number; readonly entryNo?: number };
}

/** The count of one period, by the name of its counter. */
export interface CounterRef {
  readonly counter: string;
  readonly periodStart: number;
}

interface KeyUsage {
  readonly periodStart: number;
  /** Since `periodStart`: the budget is checked against it. */
  readonly spentMicrocredits: number;
  /** Since the key was created. */
  readonly totalMicrocredits: number;
  readonly lastUsedAt: number;
}

/** Use past an allowance that is not reported to Stripe yet. `usedAt`: its last use. */
interface UnreportedOverage extends Overage {
  readonly usedAt: number;
}

/** The threshold below which the user of an account is told, and whether the balance is below. */
interface Watch {
  readonly thresholdMicrocredits: number;
  readonly isBelow: boolean;
  /**
   * The number of the entry that brought the balance below; null while it is not, and where it was
   * below before the threshold was set.
   */
  readonly crossedNo: number | null;
}

/** Sums of usage. */
export interface UsageSums {
  readonly requests: number;
  readonly inputTokens: number;
  /** The part of the input that the upstream read from its cache. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly microcredits: number;
}

/** The part of a day's usage that one upstream served, at costs of one currency. */
export interface UpstreamUsage extends UsageSums {
  readonly upstream: string;
  /** Empty where the upstream's prices were not known. */
  readonly currency: string;
  /** What the upstream takes, in billionths of the currency's major unit. */
  readonly costNanos: number;
}

/** The usage of one model by this user on one UTC day. */
export interface DailyUsage extends UsageSums {
  readonly day: string;
  readonly model: string;
  /**
   * The parts by upstream. What is in none of them was served before they were kept; absent where
   * that is all.
   */
  readonly upstreams?: readonly UpstreamUsage[] | null;
}

/** Exists in types only. It keeps an `AccountState` from being passed on as a `WritableState`. */
declare const readOnly: unique symbol;

/**
 * An account as the fold of its entries. Plain data, so that a checkpoint of it can be kept as
 * JSON.
 *
 * It has two writers, which hold it as a `WritableState`: `applyEntry` (`fold.ts`) applies entries,
 * and compaction (`compact.ts`) removes what no later entry needs and is kept elsewhere. For
 * everybody else it is read-only.
 */
export interface AccountState {
  readonly lastEntryNo: number;
  readonly grantedMicrocredits: number;
  readonly capturedMicrocredits: number;
  readonly expiredMicrocredits: number;
  readonly voidedMicrocredits: number;
  /** By open holds. Frozen credit is held besides. */
  readonly heldMicrocredits: number;
  /** The unpaid part of what was taken back: of grants (their `owed`), and by admins. */
  readonly debtMicrocredits: number;
  readonly takenDebtMicrocredits: number;
  /** The number of `grants` that are frozen. */
  readonly frozenGrants: number;
  readonly grants: Readonly<Record<string, Grant>>;
  readonly holds: Readonly<Record<string, Hold>>;
  /** By `<meter>/<period>`. */
  readonly counters: Readonly<Record<string, Counter>>;
  readonly keys: Readonly<Record<string, KeyUsage>>;
  /** By `<day>/<model>`. */
  readonly daily: Readonly<Record<string, DailyUsage>>;
  /** Open overage, which still adds up, by the name of Stripe's event. */
  readonly overage: Readonly<Record<string, UnreportedOverage>>;
  /** Closed overage on its way to D1, by the number of the entry that closed it. */
  readonly reports: Readonly<Record<string, UnreportedOverage>>;
  /** Absent where nobody is told. */
  readonly watch?: Watch;
  readonly [readOnly]?: true;
}

/** A `T` whose fields can be assigned, at any depth but inside arrays. */
export type Writable<T> = T extends readonly unknown[]
  ? T
  : { -readonly [Key in keyof T]: Writable<T[Key]> };

/** An account's state, for its two writers. */
export type WritableState = Writable<Omit<AccountState, typeof readOnly>> & {
  readonly [readOnly]?: never;
};

export const emptyState = (): WritableState => ({
  lastEntryNo: 0,
  grantedMicrocredits: 0,
  capturedMicrocredits: 0,
  expiredMicrocredits: 0,
  voidedMicrocredits: 0,
  heldMicrocredits: 0,
  debtMicrocredits: 0,
  takenDebtMicrocredits: 0,
  frozenGrants: 0,
  grants: {},
  holds: {},
  counters: {},
  keys: {},
  daily: {},
  overage: {},
  reports: {},
});

/**
 * Returns the posted balance (I1): granted − expired − voided − captured. It equals what effective
 * grants have left, less the debt.
 */
export const postedBalance = (state: AccountState): number =>
  state.grantedMicrocredits -
  state.expiredMicrocredits -
  state.voidedMicrocredits -
  state.capturedMicrocredits;

/** Returns the held balance: by open holds, and what frozen grants have left besides. */
export const heldBalance = (state: AccountState): number =>
  state.heldMicrocredits + frozenBalance(state);

/** Returns what frozen grants have left that no open hold has. */
export function frozenBalance(state: AccountState): number {
  if (state.frozenGrants === 0) return 0;
  const frozen = Object.values(state.grants).filter((grant) => grant.frozen);
  return frozen.reduce((sum, grant) => sum + unheld(grant), 0);
}

/** Returns the available balance (I1): posted − held. */
export const availableBalance = (state: AccountState): number =>
  postedBalance(state) - heldBalance(state);

/** Returns the count of the period that began at `periodStart`: 0 if the counter has another. */
export const usedInPeriod = (counter: Counter | undefined, periodStart: number): number =>
  counter?.periodStart === periodStart ? counter.used : 0;
