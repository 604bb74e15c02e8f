import { toUtcDay } from "../../time.ts";
import { counterName, isTokenCounter } from "./allowances.ts";
import {
  type Entry,
  type MeterShare,
  type NumberedEntry,
  type Overage,
  sumShares,
} from "./entries.ts";
import {
  applyDebtPayment,
  applyDebtReturn,
  applyDeduction,
  applyGrant,
  applyGrantEffective,
  applyGrantRestore,
  applyGrantVoid,
  requireLiveGrant,
  setGrantFrozen,
} from "./fold-grants.ts";
import {
  type Hold,
  postedBalance,
  type UpstreamUsage,
  type UsageSums,
  type WritableState,
} from "./state.ts";

type Capture = Extract<Entry, { kind: "capture" }>;

function addToCounter(
  counters: WritableState["counters"],
  name: string,
  periodStart: number,
  quantity: number,
): void {
  const counter = counters[name];
  if (counter === undefined || counter.periodStart < periodStart)
    counters[name] = { periodStart, used: quantity };
  else if (counter.periodStart === periodStart) counter.used += quantity;
}

/**
 * Gives back what the end of a hold leaves unused of a count that was carried over while the hold
 * was open: no more than was carried. One that began later was not in that count.
 */
function giveBackCarried(
  counters: WritableState["counters"],
  { holdNo }: Hold,
  { counter: name, periodStart }: MeterShare,
  quantity: number,
): void {
  if (quantity <= 0) return;
  // Two kinds of windows may have it from one, each since another entry.
  for (const into of Object.values(counters)) {
    const { carried } = into;
    if (carried?.counter !== name || carried.periodStart !== periodStart) continue;
    if (holdNo > (carried.entryNo ?? holdNo)) continue;
    const returned = Math.min(quantity, carried.quantity);
    into.used -= returned;
    carried.quantity -= returned;
  }
}

/** Counts the part of a use that was billed as overage, apart from what it is part of. */
function addBilled(
  counters: WritableState["counters"],
  name: string,
  periodStart: number,
  quantity: number,
): void {
  const counter = counters[name];
  if (quantity > 0 && counter?.periodStart === periodStart)
    counter.billed = (counter.billed ?? 0) + quantity;
}

const billedOf = (overage: readonly Overage[] | undefined, eventName: string | undefined): number =>
  overage?.find((one) => one.eventName === eventName)?.quantity ?? 0;

function applyUsageCarried(
  { counters }: WritableState,
  { entryNo, entry }: NumberedEntry<Extract<Entry, { kind: "usage_carried" }>>,
): void {
  const { counter: name, periodStart, quantity, from } = entry;
  addToCounter(counters, name, periodStart, quantity);
  const counter = counters[name];
  if (counter?.periodStart === periodStart) counter.carried = { ...from, quantity, entryNo };
}

function addOverage(
  state: WritableState,
  overage: readonly Overage[] | undefined,
  at: number,
): void {
  for (const { eventName, quantity } of overage ?? []) {
    const previous = state.overage[eventName]?.quantity ?? 0;
    state.overage[eventName] = { eventName, quantity: previous + quantity, usedAt: at };
  }
}

function addKeySpend(state: WritableState, hold: Hold, microcredits: number): void {
  const keyUsage = hold.keyId === null ? undefined : state.keys[hold.keyId];
  if (keyUsage === undefined) return;
  keyUsage.totalMicrocredits += microcredits;
  if (keyUsage.periodStart === hold.keyPeriodStart) keyUsage.spentMicrocredits += microcredits;
}

/**
 * Removes a hold and gives its reservations back to the grants. The caller subtracts what was
 * captured.
 */
function endHold(state: WritableState, holdNo: number): Hold {
  const hold = state.holds[holdNo];
  if (hold === undefined) throw new Error(`entry names hold ${holdNo}, which is not open`);
  delete state.holds[holdNo];
  state.heldMicrocredits -= hold.amountMicrocredits;
  for (const share of hold.shares)
    requireLiveGrant(state, share.grantNo).heldMicrocredits -= share.microcredits;
  return hold;
}

function applyHold(
  state: WritableState,
  { entryNo, at, entry }: NumberedEntry<Extract<Entry, { kind: "hold" }>>,
): void {
  const { kind: _, ...terms } = entry;
  state.holds[entryNo] = { ...terms, holdNo: entryNo, createdAt: at };
  state.heldMicrocredits += terms.amountMicrocredits;
  for (const share of terms.shares)
    requireLiveGrant(state, share.grantNo).heldMicrocredits += share.microcredits;
  for (const meter of terms.meters)
    addToCounter(state.counters, meter.counter, meter.periodStart, meter.quantity);
  if (terms.keyId !== null) {
    const keyUsage = state.keys[terms.keyId];
    const spent = keyUsage?.periodStart === terms.keyPeriodStart ? keyUsage.spentMicrocredits : 0;
    const total = keyUsage?.totalMicrocredits ?? 0;
    state.keys[terms.keyId] = {
      periodStart: terms.keyPeriodStart,
      spentMicrocredits: spent,
      totalMicrocredits: total,
      lastUsedAt: at,
    };
  }
}

function applyCapture(
  state: WritableState,
  { at, entry }: NumberedEntry<Extract<Entry, { kind: "capture" }>>,
): void {
  const hold = endHold(state, entry.holdNo);
  const cost = sumShares(entry.shares);
  state.capturedMicrocredits += cost;
  for (const share of entry.shares)
    requireLiveGrant(state, share.grantNo).remainingMicrocredits -= share.microcredits;
  const tokens = entry.usage.input + entry.usage.output;
  for (const meter of hold.meters) {
    const { counter, periodStart, quantity } = meter;
    const unused = isTokenCounter(counter) ? quantity - tokens : 0;
    if (unused !== 0) addToCounter(state.counters, counter, periodStart, -unused);
    const billed = billedOf(entry.overage, meter.overage?.eventName);
    addBilled(state.counters, counter, periodStart, billed);
    giveBackCarried(state.counters, hold, meter, unused + billed);
  }
  addKeySpend(state, hold, cost);
  addDailyUsage(state, hold.model, toUtcDay(at), entry, cost);
  addOverage(state, entry.overage, at);
}

/** Returns sums of usage with one chat more. */
const withChat = (sums: UsageSums, { usage }: Capture, microcredits: number): UsageSums => ({
  requests: sums.requests + 1,
  inputTokens: sums.inputTokens + usage.input,
  cachedInputTokens: sums.cachedInputTokens + usage.cachedInput,
  outputTokens: sums.outputTokens + usage.output,
  microcredits: sums.microcredits + microcredits,
});

const NO_USAGE: UsageSums = {
  requests: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  microcredits: 0,
};

/** Adds a chat to the parts of a day's usage by upstream. */
function addUpstreamUsage(
  parts: readonly UpstreamUsage[],
  upstream: string,
  entry: Capture,
  microcredits: number,
): UpstreamUsage[] {
  const { upstreamCost: cost } = entry;
  const currency = cost?.currency ?? "";
  const isOwn = (part: UpstreamUsage) => part.upstream === upstream && part.currency === currency;
  const before = parts.find(isOwn) ?? { ...NO_USAGE, upstream, currency, costNanos: 0 };
  const costNanos = before.costNanos + (cost?.nanos ?? 0);
  const next = { upstream, currency, costNanos, ...withChat(before, entry, microcredits) };
  return [...parts.filter((part) => !isOwn(part)), next];
}

function addDailyUsage(
  state: WritableState,
  model: string,
  day: string,
  entry: Capture,
  microcredits: number,
): void {
  const key = `${day}/${model}`;
  const before = state.daily[key] ?? { day, model, ...NO_USAGE };
  const { upstream } = entry;
  const parts =
    upstream === undefined
      ? {}
      : { upstreams: addUpstreamUsage(before.upstreams ?? [], upstream, entry, microcredits) };
  state.daily[key] = { ...before, ...withChat(before, entry, microcredits), ...parts };
}

/** Ends a hold without a charge: credits and allowances are as before. */
function applyHoldRelease(state: WritableState, holdNo: number): void {
  const hold = endHold(state, holdNo);
  for (const meter of hold.meters) {
    addToCounter(state.counters, meter.counter, meter.periodStart, -meter.quantity);
    giveBackCarried(state.counters, hold, meter, meter.quantity);
  }
}

function applyTrack(
  state: WritableState,
  { at, entry }: NumberedEntry<Extract<Entry, { kind: "track" }>>,
): void {
  const { meter, period, quantity } = entry;
  const counter = counterName(meter, period);
  addToCounter(state.counters, counter, entry.periodStart, quantity);
  const billed = entry.overage?.reduce((sum, one) => sum + one.quantity, 0) ?? 0;
  addBilled(state.counters, counter, entry.periodStart, billed);
  // The next plan may limit how many exist, whatever period this one counts by.
  if (period !== "at_once")
    addToCounter(state.counters, counterName(meter, "at_once"), 0, quantity);
  addOverage(state, entry.overage, at);
}

function setWatch(state: WritableState, thresholdMicrocredits: number | null): void {
  if (thresholdMicrocredits === null) delete state.watch;
  else {
    const isBelow = postedBalance(state) < thresholdMicrocredits;
    state.watch = { thresholdMicrocredits, isBelow, crossedNo: null };
  }
}

/** Notes which entry brought the balance below the threshold that its user chose, or above it. */
function noteCrossing(state: WritableState, entryNo: number): void {
  const { watch } = state;
  if (watch === undefined) return;
  const isBelow = postedBalance(state) < watch.thresholdMicrocredits;
  if (isBelow === watch.isBelow) return;
  watch.isBelow = isBelow;
  watch.crossedNo = isBelow ? entryNo : null;
}

/**
 * Applies one entry to the state: the first of its two writers, beside `compact.ts`. Depends on
 * nothing but its arguments, so folding the same entries gives the same state.
 */
export function applyEntry(state: WritableState, numbered: NumberedEntry): void {
  const { entry } = numbered;
  switch (entry.kind) {
    case "grant":
      applyGrant(state, { ...numbered, entry });
      break;
    case "grant_effective":
      applyGrantEffective(state, requireLiveGrant(state, entry.grantNo));
      break;
    case "grant_expiry": {
      const grant = requireLiveGrant(state, entry.grantNo);
      grant.remainingMicrocredits -= entry.amountMicrocredits;
      grant.expiredMicrocredits += entry.amountMicrocredits;
      state.expiredMicrocredits += entry.amountMicrocredits;
      break;
    }
    case "grant_void":
      applyGrantVoid(state, requireLiveGrant(state, entry.grantNo), entry.amountMicrocredits);
      break;
    case "grant_restore":
      applyGrantRestore(state, requireLiveGrant(state, entry.grantNo), entry.amountMicrocredits);
      break;
    case "grant_freeze":
    case "grant_unfreeze":
      setGrantFrozen(state, requireLiveGrant(state, entry.grantNo), entry.kind === "grant_freeze");
      break;
    case "grant_revived":
      state.grants[entry.grant.grantNo] = structuredClone(entry.grant);
      break;
    case "debt_payment":
      applyDebtPayment(state, entry);
      break;
    case "debt_return":
      applyDebtReturn(state, entry);
      break;
    case "hold":
      applyHold(state, { ...numbered, entry });
      break;
    case "capture":
      applyCapture(state, { ...numbered, entry });
      break;
    case "void":
    case "expire":
      applyHoldRelease(state, entry.holdNo);
      break;
    case "take":
      applyDeduction(state, entry);
      break;
    case "track":
      applyTrack(state, { ...numbered, entry });
      break;
    case "track_release":
      addToCounter(state.counters, counterName(entry.meter, "at_once"), 0, -entry.quantity);
      break;
    case "usage_carried":
      applyUsageCarried(state, { ...numbered, entry });
      break;
    case "overage_report": {
      const { eventName, quantity, usedAt } = entry;
      delete state.overage[eventName];
      state.reports[numbered.entryNo] = { eventName, quantity, usedAt };
      break;
    }
    case "balance_watch":
      setWatch(state, entry.thresholdMicrocredits);
      break;
    case "overage_sent":
      for (const reportNo of entry.reportNos) delete state.reports[reportNo];
      break;
  }
  noteCrossing(state, numbered.entryNo);
  state.lastEntryNo = numbered.entryNo;
}
