import type { GrantReversal, GrantView } from "../../account/index.ts";
import { toCredits } from "../../units.ts";
import { type Difference, type DriftSubject, diffFields } from "./difference.ts";

/** The grant that follows from Stripe's state; null when there should be none. */
export type ExpectedGrant = (GrantReversal & { readonly amountMicrocredits: number }) | null;

/**
 * Returns the part of a grant that should be voided. What has expired by itself can no longer be
 * voided, so a grant that has voided less counts as right where the rest expired.
 */
function expectedVoided(grant: GrantView | null, expected: GrantReversal): number {
  if (grant === null) return expected.voidedMicrocredits;
  const { voidedMicrocredits: voided, expiredMicrocredits: expired } = grant;
  const isRight =
    voided < expected.voidedMicrocredits && voided + expired >= expected.voidedMicrocredits;
  return isRight ? voided : expected.voidedMicrocredits;
}

const comparedGrantFields = (credits: number, voided: number, frozen: boolean) => ({
  credits: toCredits(credits),
  voidedCredits: toCredits(voided),
  frozen,
});

/**
 * Compares the grant of a sale with the grant that follows from Stripe's state.
 * @param grant null when there is none
 */
export function compareGrant(
  subject: DriftSubject,
  grant: GrantView | null,
  expected: ExpectedGrant,
): Difference[] {
  const stored =
    grant === null
      ? null
      : comparedGrantFields(grant.amountMicrocredits, grant.voidedMicrocredits, grant.frozen);
  const atStripe =
    expected === null
      ? null
      : comparedGrantFields(
          expected.amountMicrocredits,
          expectedVoided(grant, expected),
          expected.frozen,
        );
  return diffFields(subject, "grant", stored, atStripe);
}
