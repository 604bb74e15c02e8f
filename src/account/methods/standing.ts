import type { Entry, Grant } from "../ledger/entries.ts";
import { sumShares } from "../ledger/entries.ts";
import { take, unheld } from "../ledger/grants.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AccountState } from "../ledger/state.ts";
import type { GrantStanding } from "../types.ts";

const payersOf = (grant: Grant) =>
  Object.entries(grant.paidBy).map(([payerNo, microcredits]) => ({
    grantNo: Number(payerNo),
    microcredits,
  }));

/**
 * How much of a grant has to have been taken back for it to stand so: all of `voidedMicrocredits`,
 * but for what had expired by itself when the rest would have been taken. So refund and expiry end
 * alike in either order.
 */
function voidedFor(grant: Grant, standing: GrantStanding): number {
  const target = Math.min(standing.voidedMicrocredits, grant.amountMicrocredits);
  const takenFromIt =
    grant.voidedMicrocredits - grant.owedMicrocredits - sumShares(payersOf(grant));
  return Math.max(Math.min(target, takenFromIt), target - grant.expiredMicrocredits);
}

/**
 * What has to be appended for a grant to stand so; nothing when it does. Amounts first: what is
 * taken back is not free in between.
 */
function standingEntries(grant: Grant, standing: GrantStanding): Entry[] {
  const { grantNo } = grant;
  const entries: Entry[] = [];
  const more = voidedFor(grant, standing) - grant.voidedMicrocredits;
  if (more > 0) entries.push({ kind: "grant_void", grantNo, amountMicrocredits: more });
  if (more < 0) entries.push({ kind: "grant_restore", grantNo, amountMicrocredits: -more });
  if (standing.frozen !== grant.frozen)
    entries.push({ kind: standing.frozen ? "grant_freeze" : "grant_unfreeze", grantNo });
  return entries;
}

/** The first debt that another grant paid for one that has something left again. */
function dueReturn(state: AccountState): Extract<Entry, { kind: "debt_return" }> | null {
  for (const grant of Object.values(state.grants)) {
    const [share] = take(payersOf(grant), unheld(grant));
    if (share === undefined) continue;
    return {
      kind: "debt_return",
      grantNo: grant.grantNo,
      payerNo: share.grantNo,
      amountMicrocredits: share.microcredits,
    };
  }
  return null;
}

/**
 * Makes a grant stand so. Absolute, so any number and order of calls ends with what the last one
 * said. What is given back goes first to the grants that had paid for this one. Must run inside a
 * transaction, after a sweep.
 * @returns whether anything had to be changed
 */
export function setStanding(
  ledger: Ledger,
  grantNo: number,
  standing: GrantStanding,
  nowMs: number,
): boolean {
  if (!Number.isSafeInteger(standing.voidedMicrocredits) || standing.voidedMicrocredits < 0) {
    throw new RangeError(
      `a standing needs a whole number of microcredits, not ${standing.voidedMicrocredits}`,
    );
  }
  const entries = standingEntries(ledger.grant(grantNo), standing);
  if (entries.length === 0) return false;
  ledger.revive(grantNo, nowMs);
  for (const entry of entries) ledger.append(entry, nowMs);
  for (let due = dueReturn(ledger.state); due !== null; due = dueReturn(ledger.state)) {
    ledger.revive(due.payerNo, nowMs);
    ledger.append(due, nowMs);
  }
  ledger.sweep(nowMs);
  return true;
}
