import type { Entry, Grant } from "../ledger/entries.ts";
import { sumShares } from "../ledger/entries.ts";
import { allocateShares, unheld } from "../ledger/grants.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AccountState } from "../ledger/state.ts";
import type { GrantReversal } from "../types.ts";

const toPayerShares = (grant: Grant) =>
  Object.entries(grant.paidBy).map(([payerNo, microcredits]) => ({
    grantNo: Number(payerNo),
    microcredits,
  }));

/**
 * Returns the total to be taken back of a grant: `voidedMicrocredits` without the part that had
 * expired before it could be taken. So a refund and an expiry end alike in either order.
 */
function targetVoidedMicrocredits(grant: Grant, reversal: GrantReversal): number {
  const target = Math.min(reversal.voidedMicrocredits, grant.amountMicrocredits);
  const takenFromGrant =
    grant.voidedMicrocredits - grant.owedMicrocredits - sumShares(toPayerShares(grant));
  return Math.max(Math.min(target, takenFromGrant), target - grant.expiredMicrocredits);
}

/**
 * Returns the entries that bring a grant to a reversal; none when it is there already. Amounts come
 * first, so that what is taken back is not free in between.
 */
function reversalEntries(grant: Grant, reversal: GrantReversal): Entry[] {
  const { grantNo } = grant;
  const entries: Entry[] = [];
  const delta = targetVoidedMicrocredits(grant, reversal) - grant.voidedMicrocredits;
  if (delta > 0) entries.push({ kind: "grant_void", grantNo, amountMicrocredits: delta });
  if (delta < 0) entries.push({ kind: "grant_restore", grantNo, amountMicrocredits: -delta });
  if (reversal.frozen !== grant.frozen)
    entries.push({ kind: reversal.frozen ? "grant_freeze" : "grant_unfreeze", grantNo });
  return entries;
}

/** Returns the first debt to return: one paid by another grant for one with credit left again. */
function nextDebtReturn(state: AccountState): Extract<Entry, { kind: "debt_return" }> | null {
  for (const grant of Object.values(state.grants)) {
    const [share] = allocateShares(toPayerShares(grant), unheld(grant));
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
 * Sets the reversal of a grant. It is absolute, so any number and order of calls ends with the last
 * one. Credit that is given back goes first to the grants that had paid for this one. Must run
 * inside a transaction, after a sweep.
 * @returns whether it changed anything
 */
export function setGrantReversal(
  ledger: Ledger,
  grantNo: number,
  reversal: GrantReversal,
  nowMs: number,
): boolean {
  if (!Number.isSafeInteger(reversal.voidedMicrocredits) || reversal.voidedMicrocredits < 0) {
    throw new RangeError(
      `a standing needs a whole number of microcredits, not ${reversal.voidedMicrocredits}`,
    );
  }
  const entries = reversalEntries(ledger.readGrant(grantNo), reversal);
  if (entries.length === 0) return false;
  for (const entry of entries) {
    // The entry before may have used the grant up and ended in a checkpoint, which evicts it.
    ledger.reviveGrant(grantNo, nowMs);
    ledger.append(entry, nowMs);
  }
  for (
    let debtReturn = nextDebtReturn(ledger.state);
    debtReturn !== null;
    debtReturn = nextDebtReturn(ledger.state)
  ) {
    ledger.reviveGrant(debtReturn.payerNo, nowMs);
    ledger.append(debtReturn, nowMs);
  }
  ledger.sweep(nowMs);
  return true;
}
