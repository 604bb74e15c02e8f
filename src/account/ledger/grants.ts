import type { Grant, GrantShare } from "./entries.ts";

const expiryOrInfinity = (grant: Grant): number => grant.expiresAt ?? Number.POSITIVE_INFINITY;

/** Compares grants by burn order: priority, then expiry, then age. */
export function byBurnOrder(a: Grant, b: Grant): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (expiryOrInfinity(a) !== expiryOrInfinity(b))
    return expiryOrInfinity(a) < expiryOrInfinity(b) ? -1 : 1;
  return a.grantNo - b.grantNo;
}

/**
 * Returns the part of an effective grant that is left and not held. It may be frozen, or past its
 * expiry until the next sweep.
 */
export const unheld = (grant: Grant): number =>
  grant.effective ? grant.remainingMicrocredits - grant.heldMicrocredits : 0;

/**
 * Returns the part of a grant that can be held now: nothing before it is effective, from its expiry
 * on or while it is frozen, and nothing that is held already.
 */
function spendable(grant: Grant, nowMs: number): number {
  const isActive = !grant.frozen && (grant.expiresAt === null || nowMs < grant.expiresAt);
  return isActive ? unheld(grant) : 0;
}

/**
 * Chooses the grants that a hold of `microcredits` is taken from, in burn order. The caller makes
 * sure that enough is available: the part that no grant covers is missing from the shares.
 */
export function reserveShares(
  grants: readonly Grant[],
  microcredits: number,
  nowMs: number,
): GrantShare[] {
  const shares: GrantShare[] = [];
  let missing = microcredits;
  for (const grant of grants.toSorted(byBurnOrder)) {
    const taken = Math.min(missing, spendable(grant, nowMs));
    if (taken > 0) shares.push({ grantNo: grant.grantNo, microcredits: taken });
    missing -= taken;
    if (missing === 0) break;
  }
  return shares;
}

/** Returns the first `microcredits` of a hold's shares, in the order of their reservation. */
export function allocateShares(shares: readonly GrantShare[], microcredits: number): GrantShare[] {
  const allocated: GrantShare[] = [];
  let missing = microcredits;
  for (const share of shares) {
    const part = Math.min(missing, share.microcredits);
    if (part > 0) allocated.push({ grantNo: share.grantNo, microcredits: part });
    missing -= part;
  }
  return allocated;
}
