import type { GrantReversal, GrantView } from "../../account/index.ts";
import { toCredits } from "../../units.ts";
import { type Difference, type DriftSubject, diffFields } from "./difference.ts";

/** The grant that should be there by what Stripe says; null when none should. */
export type ExpectedGrant = (GrantReversal & { readonly amountMicrocredits: number }) | null;

/**
 * What of a grant should have been taken back, given that what expired by itself is no more to be
 * taken.
 */
function expectedVoided(grant: GrantView, expected: GrantReversal): number {
  const { voidedMicrocredits: voided, expiredMicrocredits: expired } = grant;
  const isVoided =
    voided < expected.voidedMicrocredits && voided + expired >= expected.voidedMicrocredits;
  return isVoided ? voided : expected.voidedMicrocredits;
}

const comparedGrantFields = (credits: number, voided: number, frozen: boolean) => ({
  credits: toCredits(credits),
  voidedCredits: toCredits(voided),
  frozen,
});

/** Compares the grant of a sale with what it should be. */
export function compareGrant(
  subject: DriftSubject,
  grant: GrantView | undefined,
  expected: ExpectedGrant,
): Difference[] {
  const here =
    grant === undefined
      ? null
      : comparedGrantFields(grant.amountMicrocredits, grant.voidedMicrocredits, grant.frozen);
  if (expected === null) return diffFields(subject, "grant", here, null);
  const voided =
    grant === undefined ? expected.voidedMicrocredits : expectedVoided(grant, expected);
  return diffFields(
    subject,
    "grant",
    here,
    comparedGrantFields(expected.amountMicrocredits, voided, expected.frozen),
  );
}
