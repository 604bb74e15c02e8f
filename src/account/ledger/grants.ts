import type { Grant, GrantShare } from "./entries.ts";

const expiry = (grant: Grant): number => grant.expiresAt ?? Number.POSITIVE_INFINITY;

/** Burn order: priority, then what expires first, then age. */
export function before(a: Grant, b: Grant): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (expiry(a) !== expiry(b)) return expiry(a) < expiry(b) ? -1 : 1;
  return a.grantNo - b.grantNo;
}

/**
 * What is left of a grant in force, and not held. It may be frozen, or past its expiry while nobody
 * has swept.
 */
export const unheld = (grant: Grant): number =>
  grant.effective ? grant.remainingMicrocredits - grant.heldMicrocredits : 0;

/**
 * What of a grant can be held now: not before it is effective, not from its expiry on, not while it
 * is frozen, not what is held already.
 */
function free(grant: Grant, nowMs: number): number {
  const inForce = !grant.frozen && (grant.expiresAt === null || nowMs < grant.expiresAt);
  return inForce ? unheld(grant) : 0;
}

/**
 * Chooses the grants that a hold of `microcredits` is taken from, in burn order. The caller has
 * made sure that as much is available; what no grant covers would be missing from the shares.
 */
export function reserve(
  grants: readonly Grant[],
  microcredits: number,
  nowMs: number,
): GrantShare[] {
  const shares: GrantShare[] = [];
  let missing = microcredits;
  for (const grant of grants.toSorted(before)) {
    const taken = Math.min(missing, free(grant, nowMs));
    if (taken > 0) shares.push({ grantNo: grant.grantNo, microcredits: taken });
    missing -= taken;
    if (missing === 0) break;
  }
  return shares;
}

/**
 * The first `microcredits` of a hold's shares: what its capture takes, in the order in which it was
 * reserved.
 */
export function take(shares: readonly GrantShare[], microcredits: number): GrantShare[] {
  const taken: GrantShare[] = [];
  let missing = microcredits;
  for (const share of shares) {
    const part = Math.min(missing, share.microcredits);
    if (part > 0) taken.push({ grantNo: share.grantNo, microcredits: part });
    missing -= part;
  }
  return taken;
}
