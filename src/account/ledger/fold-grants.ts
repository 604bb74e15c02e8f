import { type Entry, type Grant, type NumberedEntry, sumShares } from "./entries.ts";
import type { Writable, WritableState } from "./state.ts";

type WritableGrant = Writable<Grant>;

/**
 * Returns a live grant.
 * @throws for any other, which is a bug: an evicted grant is revived before an entry names it
 */
export function requireLiveGrant(state: WritableState, grantNo: number): WritableGrant {
  const grant = state.grants[grantNo];
  if (grant === undefined) throw new Error(`entry names grant ${grantNo}, which is not live`);
  return grant;
}

export function applyGrant(
  state: WritableState,
  { entryNo, at, entry }: NumberedEntry<Extract<Entry, { kind: "grant" }>>,
): void {
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
    frozen: false,
    voidedMicrocredits: 0,
    owedMicrocredits: 0,
    paidBy: {},
  };
  if (effective) state.grantedMicrocredits += amountMicrocredits;
}

export function applyGrantEffective(state: WritableState, grant: WritableGrant): void {
  grant.effective = true;
  state.grantedMicrocredits += grant.amountMicrocredits;
  // The part that was taken back before is not posted either.
  state.voidedMicrocredits += grant.voidedMicrocredits;
}

/** Takes back what is left and not held. The rest is owed. */
export function applyGrantVoid(
  state: WritableState,
  grant: WritableGrant,
  microcredits: number,
): void {
  const taken = Math.min(microcredits, grant.remainingMicrocredits - grant.heldMicrocredits);
  grant.remainingMicrocredits -= taken;
  grant.owedMicrocredits += microcredits - taken;
  state.debtMicrocredits += microcredits - taken;
  grant.voidedMicrocredits += microcredits;
  if (grant.effective) state.voidedMicrocredits += microcredits;
}

/** Credits a grant: it pays what the grant owes first, and the rest is left again. */
function creditGrant(state: WritableState, grant: WritableGrant, microcredits: number): void {
  const paid = Math.min(microcredits, grant.owedMicrocredits);
  grant.owedMicrocredits -= paid;
  state.debtMicrocredits -= paid;
  grant.remainingMicrocredits += microcredits - paid;
}

export function applyGrantRestore(
  state: WritableState,
  grant: WritableGrant,
  microcredits: number,
): void {
  creditGrant(state, grant, microcredits);
  grant.voidedMicrocredits -= microcredits;
  if (grant.effective) state.voidedMicrocredits -= microcredits;
}

export function applyDebtPayment(
  state: WritableState,
  entry: Extract<Entry, { kind: "debt_payment" }>,
): void {
  const { grantNo, debtorNo, amountMicrocredits } = entry;
  requireLiveGrant(state, grantNo).remainingMicrocredits -= amountMicrocredits;
  state.debtMicrocredits -= amountMicrocredits;
  if (debtorNo === null) {
    state.takenDebtMicrocredits -= amountMicrocredits;
    return;
  }
  const debtor = requireLiveGrant(state, debtorNo);
  debtor.owedMicrocredits -= amountMicrocredits;
  if (debtorNo !== grantNo)
    debtor.paidBy[grantNo] = (debtor.paidBy[grantNo] ?? 0) + amountMicrocredits;
}

export function applyDebtReturn(
  state: WritableState,
  entry: Extract<Entry, { kind: "debt_return" }>,
): void {
  const { grantNo, payerNo, amountMicrocredits } = entry;
  const grant = requireLiveGrant(state, grantNo);
  const left = (grant.paidBy[payerNo] ?? 0) - amountMicrocredits;
  if (left === 0) delete grant.paidBy[payerNo];
  else grant.paidBy[payerNo] = left;
  grant.remainingMicrocredits -= amountMicrocredits;
  creditGrant(state, requireLiveGrant(state, payerNo), amountMicrocredits);
}

export function setGrantFrozen(state: WritableState, grant: WritableGrant, frozen: boolean): void {
  if (grant.frozen !== frozen) state.frozenGrants += frozen ? 1 : -1;
  grant.frozen = frozen;
}

export function applyDeduction(
  state: WritableState,
  { amountMicrocredits, shares }: Extract<Entry, { kind: "take" }>,
): void {
  for (const share of shares)
    requireLiveGrant(state, share.grantNo).remainingMicrocredits -= share.microcredits;
  const debt = amountMicrocredits - sumShares(shares);
  state.takenDebtMicrocredits += debt;
  state.debtMicrocredits += debt;
  state.voidedMicrocredits += amountMicrocredits;
}
