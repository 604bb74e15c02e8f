import type { GrantReversal, GrantView } from "../../account/index.ts";
import { toCredits } from "../../units.ts";
import { type Difference, differencesOf, type Subject } from "./difference.ts";

/** The grant that should be there by what Stripe says; null when none should. */
export type GrantAtStripe = (GrantReversal & { readonly amountMicrocredits: number }) | null;

/**
 * What of a grant should have been taken back, given that what expired by itself is no more to be
 * taken.
 */
function voidedAsDue(grant: GrantView, due: GrantReversal): number {
  const { voidedMicrocredits: voided, expiredMicrocredits: expired } = grant;
  const isTaken = voided < due.voidedMicrocredits && voided + expired >= due.voidedMicrocredits;
  return isTaken ? voided : due.voidedMicrocredits;
}

const facts = (credits: number, voided: number, frozen: boolean) => ({
  credits: toCredits(credits),
  voidedCredits: toCredits(voided),
  frozen,
});

/** Compares the grant of a sale with what it should be. */
export function grantDrift(
  subject: Subject,
  grant: GrantView | undefined,
  due: GrantAtStripe,
): Difference[] {
  const here =
    grant === undefined
      ? null
      : facts(grant.amountMicrocredits, grant.voidedMicrocredits, grant.frozen);
  if (due === null) return differencesOf(subject, "grant", here, null);
  const voided = grant === undefined ? due.voidedMicrocredits : voidedAsDue(grant, due);
  return differencesOf(subject, "grant", here, facts(due.amountMicrocredits, voided, due.frozen));
}
