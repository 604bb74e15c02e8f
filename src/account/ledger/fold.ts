import { counterName, isTokens } from "./allowances.ts";
import { type Entry, type Numbered, type Overage, sumShares } from "./entries.ts";
import {
  applyEffective,
  applyGrant,
  applyPayment,
  applyRestore,
  applyReturn,
  applyTake,
  applyVoid,
  grantOf,
  setFrozen,
} from "./fold-grants.ts";
import type { AccountState, Counter, Hold } from "./state.ts";

function addTo(
  counters: Record<string, Counter>,
  name: string,
  periodStart: number,
  quantity: number,
): void {
  const counter = counters[name];
  if (counter === undefined || counter.periodStart < periodStart)
    counters[name] = { periodStart, used: quantity };
  else if (counter.periodStart === periodStart) counter.used += quantity;
}

function addOverage(
  state: AccountState,
  overage: readonly Overage[] | undefined,
  at: number,
): void {
  for (const { eventName, quantity } of overage ?? []) {
    const before = state.overage[eventName]?.quantity ?? 0;
    state.overage[eventName] = { eventName, quantity: before + quantity, usedAt: at };
  }
}

function addSpend(state: AccountState, hold: Hold, microcredits: number): void {
  const use = hold.keyId === null ? undefined : state.keys[hold.keyId];
  if (use === undefined) return;
  use.totalMicrocredits += microcredits;
  if (use.periodStart === hold.keyPeriodStart) use.spentMicrocredits += microcredits;
}

/**
 * Takes a hold away and gives its reservations back to the grants; what was captured is taken by
 * the caller.
 */
function endHold(state: AccountState, holdNo: number): Hold {
  const hold = state.holds[holdNo];
  if (hold === undefined) throw new Error(`entry names hold ${holdNo}, which is not open`);
  delete state.holds[holdNo];
  state.heldMicrocredits -= hold.amountMicrocredits;
  for (const share of hold.shares)
    grantOf(state, share.grantNo).heldMicrocredits -= share.microcredits;
  return hold;
}

function applyHold(
  state: AccountState,
  { entryNo, at, entry }: Numbered<Extract<Entry, { kind: "hold" }>>,
): void {
  const { kind: _, ...terms } = entry;
  state.holds[entryNo] = { ...terms, holdNo: entryNo, createdAt: at };
  state.heldMicrocredits += terms.amountMicrocredits;
  for (const share of terms.shares)
    grantOf(state, share.grantNo).heldMicrocredits += share.microcredits;
  for (const meter of terms.meters)
    addTo(state.counters, meter.counter, meter.periodStart, meter.quantity);
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

function applyCapture(
  state: AccountState,
  { at, entry }: Numbered<Extract<Entry, { kind: "capture" }>>,
): void {
  const hold = endHold(state, entry.holdNo);
  const cost = sumShares(entry.shares);
  state.capturedMicrocredits += cost;
  for (const share of entry.shares)
    grantOf(state, share.grantNo).remainingMicrocredits -= share.microcredits;
  const tokens = entry.usage.input + entry.usage.output;
  for (const meter of hold.meters) {
    if (isTokens(meter.counter))
      addTo(state.counters, meter.counter, meter.periodStart, tokens - meter.quantity);
  }
  addSpend(state, hold, cost);
  const day = new Date(at).toISOString().slice(0, 10);
  const usage = (state.daily[`${day}/${hold.model}`] ??= {
    day,
    model: hold.model,
    requests: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    microcredits: 0,
  });
  usage.requests += 1;
  usage.inputTokens += entry.usage.input;
  usage.cachedInputTokens += entry.usage.cachedInput;
  usage.outputTokens += entry.usage.output;
  usage.microcredits += cost;
  addOverage(state, entry.overage, at);
}

/** A ride that did not happen: the credits and the allowance are as before. */
function applyNotServed(state: AccountState, holdNo: number): void {
  const hold = endHold(state, holdNo);
  for (const meter of hold.meters)
    addTo(state.counters, meter.counter, meter.periodStart, -meter.quantity);
}

function applyTrack(
  state: AccountState,
  { at, entry }: Numbered<Extract<Entry, { kind: "track" }>>,
): void {
  const { meter, period, quantity } = entry;
  addTo(state.counters, counterName(meter, period), entry.periodStart, quantity);
  // Whatever the plan counts by today, tomorrow's may ask how many there are.
  if (period !== "at_once") addTo(state.counters, counterName(meter, "at_once"), 0, quantity);
  addOverage(state, entry.overage, at);
}

/**
 * Changes the state by one entry. Depends on nothing but its arguments: folding the same entries
 * gives the same state.
 */
export function apply(state: AccountState, numbered: Numbered): void {
  const { entry } = numbered;
  switch (entry.kind) {
    case "grant":
      applyGrant(state, { ...numbered, entry });
      break;
    case "grant_effective":
      applyEffective(state, grantOf(state, entry.grantNo));
      break;
    case "grant_expiry": {
      const grant = grantOf(state, entry.grantNo);
      grant.remainingMicrocredits -= entry.amountMicrocredits;
      grant.expiredMicrocredits += entry.amountMicrocredits;
      state.expiredMicrocredits += entry.amountMicrocredits;
      break;
    }
    case "grant_void":
      applyVoid(state, grantOf(state, entry.grantNo), entry.amountMicrocredits);
      break;
    case "grant_restore":
      applyRestore(state, grantOf(state, entry.grantNo), entry.amountMicrocredits);
      break;
    case "grant_freeze":
    case "grant_unfreeze":
      setFrozen(state, grantOf(state, entry.grantNo), entry.kind === "grant_freeze");
      break;
    case "grant_revived":
      state.grants[entry.grant.grantNo] = structuredClone(entry.grant);
      break;
    case "debt_payment":
      applyPayment(state, entry);
      break;
    case "debt_return":
      applyReturn(state, entry);
      break;
    case "hold":
      applyHold(state, { ...numbered, entry });
      break;
    case "capture":
      applyCapture(state, { ...numbered, entry });
      break;
    case "void":
    case "expire":
      applyNotServed(state, entry.holdNo);
      break;
    case "take":
      applyTake(state, entry);
      break;
    case "track":
      applyTrack(state, { ...numbered, entry });
      break;
    case "track_release":
      addTo(state.counters, counterName(entry.meter, "at_once"), 0, -entry.quantity);
      break;
    case "overage_report": {
      const { eventName, quantity, usedAt } = entry;
      delete state.overage[eventName];
      state.reports[numbered.entryNo] = { eventName, quantity, usedAt };
      break;
    }
    case "overage_sent":
      for (const reportNo of entry.reportNos) delete state.reports[reportNo];
      break;
  }
  state.lastEntryNo = numbered.entryNo;
}
