import type { Grant, HoldTerms, Overage } from "./entries.ts";
import { unheld } from "./grants.ts";

export interface Hold extends HoldTerms {
  readonly holdNo: number;
  readonly createdAt: number;
}

/** How much of one allowance was used in one period; what open holds use is included. */
export interface Counter {
  periodStart: number;
  used: number;
}

interface KeyUsage {
  periodStart: number;
  /** Since `periodStart`: what the budget is held against. */
  spentMicrocredits: number;
  /** Since the key was made. */
  totalMicrocredits: number;
  lastUsedAt: number;
}

/** Use past an allowance that nobody has told Stripe. `usedAt`: the last use in it. */
interface UnreportedOverage extends Overage {
  readonly usedAt: number;
}

/** What one model cost this user on one UTC day. */
export interface DailyUsage {
  readonly day: string;
  readonly model: string;
  requests: number;
  inputTokens: number;
  /** The part of the input that the upstream read from its cache. */
  cachedInputTokens: number;
  outputTokens: number;
  microcredits: number;
}

/**
 * An account as the fold of its entries. Plain data, so that a checkpoint of it can be kept as
 * JSON. `apply` (`fold.ts`) is the only code that changes one.
 */
export interface AccountState {
  lastEntryNo: number;
  grantedMicrocredits: number;
  capturedMicrocredits: number;
  expiredMicrocredits: number;
  voidedMicrocredits: number;
  /** By open holds. What is frozen is held besides. */
  heldMicrocredits: number;
  /**
   * What was taken back or taken that nothing has paid yet: of grants (their `owed`), and by
   * admins.
   */
  debtMicrocredits: number;
  takenDebtMicrocredits: number;
  /** How many of `grants` are frozen. */
  frozenGrants: number;
  grants: Record<string, Grant>;
  holds: Record<string, Hold>;
  /** By `<meter>/<period>`. */
  counters: Record<string, Counter>;
  keys: Record<string, KeyUsage>;
  /** By `<day>/<model>`. */
  daily: Record<string, DailyUsage>;
  /** That still adds up, by the name of Stripe's event. */
  overage: Record<string, UnreportedOverage>;
  /** That is closed and on its way to D1, by the number of the entry that closed it. */
  reports: Record<string, UnreportedOverage>;
}

export const emptyState = (): AccountState => ({
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
 * I1: granted − expired − voided − captured. Also what is left of all grants in force, less the
 * debt.
 */
export const postedBalance = (state: AccountState): number =>
  state.grantedMicrocredits -
  state.expiredMicrocredits -
  state.voidedMicrocredits -
  state.capturedMicrocredits;

/** What is held: by open holds, and what is left beside them of grants that are frozen. */
export function heldBalance(state: AccountState): number {
  if (state.frozenGrants === 0) return state.heldMicrocredits;
  const frozen = Object.values(state.grants).filter((grant) => grant.frozen);
  return frozen.reduce((sum, grant) => sum + unheld(grant), state.heldMicrocredits);
}

/** I1: posted − held. */
export const availableBalance = (state: AccountState): number =>
  postedBalance(state) - heldBalance(state);

/**
 * How much of a counter is used in the period that began at `periodStart`; another period's count
 * is no longer of interest.
 */
export const usedInPeriod = (counter: Counter | undefined, periodStart: number): number =>
  counter?.periodStart === periodStart ? counter.used : 0;

/**
 * Takes out of the state the grants that are used up, and returns them to be kept elsewhere
 * (`revive` brings one back), so that the state grows with what is open and not with the account's
 * age.
 */
export function evictSpentGrants(state: AccountState): Grant[] {
  const spent = Object.values(state.grants).filter(
    (grant) => grant.remainingMicrocredits === 0 && grant.owedMicrocredits === 0 && !grant.frozen,
  );
  for (const grant of spent) delete state.grants[grant.grantNo];
  return spent;
}
