import type { Entry } from "./entries.ts";
import { byBurnOrder, unheld } from "./grants.ts";
import type { AccountState } from "./state.ts";

/**
 * Returns the payments of grants that owe and have something left, frozen or expired: it was to be
 * taken back from this very grant, and was held then.
 */
export function dueOwnDebtPayments(state: AccountState): Entry[] {
  if (state.debtMicrocredits === 0) return [];
  return Object.values(state.grants).flatMap((grant): Entry[] => {
    const { grantNo } = grant;
    const amountMicrocredits = Math.min(unheld(grant), grant.owedMicrocredits);
    return amountMicrocredits > 0
      ? [{ kind: "debt_payment", grantNo, debtorNo: grantNo, amountMicrocredits }]
      : [];
  });
}

/**
 * Returns the payments of debts from free credit in burn order: first the debts of grants, oldest
 * first, and then what an admin took. They come after `dueOwnDebtPayments` and before expiries:
 * credit that was there in time pays.
 *
 * Others do not pay what a grant's open holds may still give back. The grant itself may pay it, and
 * as much is unavailable meanwhile.
 */
export function dueDebtPayments(state: AccountState): Entry[] {
  if (state.debtMicrocredits === 0) return [];
  const grants = Object.values(state.grants);
  const debts: { readonly debtorNo: number | null; owed: number }[] = grants
    .toSorted((a, b) => a.grantNo - b.grantNo)
    .map((grant) => ({
      debtorNo: grant.grantNo,
      owed: grant.owedMicrocredits - grant.heldMicrocredits,
    }));
  debts.push({ debtorNo: null, owed: state.takenDebtMicrocredits });
  const openDebts = debts.filter((debt) => debt.owed > 0);
  const entries: Entry[] = [];
  for (const grant of grants.filter((candidate) => !candidate.frozen).toSorted(byBurnOrder)) {
    let free = unheld(grant);
    for (const debt of openDebts) {
      const amountMicrocredits = Math.min(free, debt.owed);
      if (amountMicrocredits <= 0) continue;
      entries.push({
        kind: "debt_payment",
        grantNo: grant.grantNo,
        debtorNo: debt.debtorNo,
        amountMicrocredits,
      });
      free -= amountMicrocredits;
      debt.owed -= amountMicrocredits;
    }
  }
  return entries;
}
