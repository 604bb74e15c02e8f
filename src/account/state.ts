import type { Entry, HoldTerms, Numbered } from "./entries.ts";
import { sumShares } from "./entries.ts";

/** A grant that still has something left, or that nobody has written off yet. */
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
  effective: boolean;
  remainingMicrocredits: number;
  expiredMicrocredits: number;
  /** The part of `remaining` that open holds have taken hold of: neither spendable nor allowed to expire. */
  heldMicrocredits: number;
}

export interface Hold extends HoldTerms {
  readonly holdNo: number;
  readonly createdAt: number;
}

/** How much of one allowance was used in one period; what open holds use is included. */
export interface Counter {
  periodStart: number;
  used: number;
}

interface KeyUse {
  periodStart: number;
  /** Since `periodStart`: what the budget is held against. */
  spentMicrocredits: number;
  /** Since the key was made. */
  totalMicrocredits: number;
  lastUsedAt: number;
}

/** What one model cost this user on one UTC day. */
export interface DailyUsage {
  readonly day: string;
  readonly model: string;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  microcredits: number;
}

/**
 * An account as the fold of its entries. Plain data, so that a checkpoint of it can be kept as JSON.
 * `apply` is the only code that changes one.
 */
export interface AccountState {
  lastEntryNo: number;
  grantedMicrocredits: number;
  capturedMicrocredits: number;
  expiredMicrocredits: number;
  voidedMicrocredits: number;
  heldMicrocredits: number;
  grants: Record<string, Grant>;
  holds: Record<string, Hold>;
  /** By `<meter>/<period>`. */
  counters: Record<string, Counter>;
  keys: Record<string, KeyUse>;
  /** By `<day>/<model>`. */
  daily: Record<string, DailyUsage>;
}

export const emptyState = (): AccountState => ({
  lastEntryNo: 0,
  grantedMicrocredits: 0,
  capturedMicrocredits: 0,
  expiredMicrocredits: 0,
  voidedMicrocredits: 0,
  heldMicrocredits: 0,
  grants: {},
  holds: {},
  counters: {},
  keys: {},
  daily: {},
});

/** I1: granted − expired − voided − captured. */
export const posted = (state: AccountState): number =>
  state.grantedMicrocredits - state.expiredMicrocredits - state.voidedMicrocredits - state.capturedMicrocredits;

/** I1: posted − held. */
export const available = (state: AccountState): number => posted(state) - state.heldMicrocredits;

/** How much of a counter is used in the period that began at `periodStart`; another period's count is no longer of interest. */
export const usedIn = (counter: Counter | undefined, periodStart: number): number =>
  counter?.periodStart === periodStart ? counter.used : 0;

function grantOf(state: AccountState, grantNo: number): Grant {
  const grant = state.grants[grantNo];
  if (grant === undefined) throw new Error(`entry names grant ${grantNo}, which is not live`);
  return grant;
}

function addTo(counters: Record<string, Counter>, name: string, periodStart: number, quantity: number): void {
  const counter = counters[name];
  if (counter === undefined || counter.periodStart < periodStart) counters[name] = { periodStart, used: quantity };
  else if (counter.periodStart === periodStart) counter.used += quantity;
}

function addSpend(state: AccountState, hold: Hold, microcredits: number): void {
  const use = hold.keyId === null ? undefined : state.keys[hold.keyId];
  if (use === undefined) return;
  use.totalMicrocredits += microcredits;
  if (use.periodStart === hold.keyPeriodStart) use.spentMicrocredits += microcredits;
}

/** Takes a hold away and gives its reservations back to the grants; what was captured is taken by the caller. */
function release(state: AccountState, holdNo: number): Hold {
  const hold = state.holds[holdNo];
  if (hold === undefined) throw new Error(`entry names hold ${holdNo}, which is not open`);
  delete state.holds[holdNo];
  state.heldMicrocredits -= hold.amountMicrocredits;
  for (const share of hold.shares) grantOf(state, share.grantNo).heldMicrocredits -= share.microcredits;
  return hold;
}

function applyGrant(state: AccountState, { entryNo, at, entry }: Numbered<Extract<Entry, { kind: "grant" }>>): void {
  const { operationId, reason, amountMicrocredits, priority, effectiveAt, expiresAt } = entry;
  const effective = effectiveAt <= at;
  state.grants[entryNo] = {
    grantNo: entryNo,
    operationId,
    reason,
    amountMicrocredits,
    priority,
    createdAt: at,
    effectiveAt,
    expiresAt,
    effective,
    remainingMicrocredits: amountMicrocredits,
    expiredMicrocredits: 0,
    heldMicrocredits: 0,
  };
  if (effective) state.grantedMicrocredits += amountMicrocredits;
}

function applyHold(state: AccountState, { entryNo, at, entry }: Numbered<Extract<Entry, { kind: "hold" }>>): void {
  const { kind: _, ...terms } = entry;
  state.holds[entryNo] = { ...terms, holdNo: entryNo, createdAt: at };
  state.heldMicrocredits += terms.amountMicrocredits;
  for (const share of terms.shares) grantOf(state, share.grantNo).heldMicrocredits += share.microcredits;
  for (const meter of terms.meters) addTo(state.counters, meter.counter, meter.periodStart, meter.quantity);
  if (terms.keyId !== null) {
    const known = state.keys[terms.keyId];
    const spent = known?.periodStart === terms.keyPeriodStart ? known.spentMicrocredits : 0;
    const total = known?.totalMicrocredits ?? 0;
    state.keys[terms.keyId] = {
      periodStart: terms.keyPeriodStart,
      spentMicrocredits: spent,
      totalMicrocredits: total,
      lastUsedAt: at,
    };
  }
}

function applyCapture(state: AccountState, { at, entry }: Numbered<Extract<Entry, { kind: "capture" }>>): void {
  const hold = release(state, entry.holdNo);
  const cost = sumShares(entry.shares);
  state.capturedMicrocredits += cost;
  for (const share of entry.shares) grantOf(state, share.grantNo).remainingMicrocredits -= share.microcredits;
  const tokens = entry.usage.input + entry.usage.output;
  for (const meter of hold.meters) {
    if (meter.counter.startsWith("token/")) addTo(state.counters, meter.counter, meter.periodStart, tokens - meter.quantity);
  }
  addSpend(state, hold, cost);
  const day = new Date(at).toISOString().slice(0, 10);
  const usage = (state.daily[`${day}/${hold.model}`] ??= {
    day,
    model: hold.model,
    requests: 0,
    inputTokens: 0,
    outputTokens: 0,
    microcredits: 0,
  });
  usage.requests += 1;
  usage.inputTokens += entry.usage.input;
  usage.outputTokens += entry.usage.output;
  usage.microcredits += cost;
}

/** A ride that did not happen: the credits and the allowance are as before. */
function applyRelease(state: AccountState, holdNo: number): void {
  const hold = release(state, holdNo);
  for (const meter of hold.meters) addTo(state.counters, meter.counter, meter.periodStart, -meter.quantity);
}

/** Changes the state by one entry. Depends on nothing but its arguments: folding the same entries gives the same state. */
export function apply(state: AccountState, numbered: Numbered): void {
  const { entry } = numbered;
  switch (entry.kind) {
    case "grant":
      applyGrant(state, { ...numbered, entry });
      break;
    case "grant_effective": {
      const grant = grantOf(state, entry.grantNo);
      grant.effective = true;
      state.grantedMicrocredits += grant.amountMicrocredits;
      break;
    }
    case "grant_expiry": {
      const grant = grantOf(state, entry.grantNo);
      grant.remainingMicrocredits -= entry.amountMicrocredits;
      grant.expiredMicrocredits += entry.amountMicrocredits;
      state.expiredMicrocredits += entry.amountMicrocredits;
      break;
    }
    case "hold":
      applyHold(state, { ...numbered, entry });
      break;
    case "capture":
      applyCapture(state, { ...numbered, entry });
      break;
    case "void":
    case "expire":
      applyRelease(state, entry.holdNo);
      break;
  }
  state.lastEntryNo = numbered.entryNo;
}

/**
 * Takes out of the state the grants that nothing will be taken from any more, and returns them to be kept elsewhere,
 * so that the state grows with what is open and not with the account's age.
 */
export function takeSpentGrants(state: AccountState): Grant[] {
  const spent = Object.values(state.grants).filter((grant) => grant.remainingMicrocredits === 0);
  for (const grant of spent) delete state.grants[grant.grantNo];
  return spent;
}
