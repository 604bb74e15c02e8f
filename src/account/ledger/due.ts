import type { Entry, Grant } from "./entries.ts";
import { unheld } from "./grants.ts";
import type { AccountState } from "./state.ts";

/** Returns whether a grant is yet to begin. One that was taken back whole never does. */
const isPending = (grant: Grant): boolean => !grant.effective && grant.remainingMicrocredits > 0;

/** Returns the ends of holds that were not settled in time: what they held is free again (I3). */
export const dueHoldExpiries = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.holds)
    .filter((hold) => hold.expiresAt <= nowMs)
    .map((hold) => ({ kind: "expire", holdNo: hold.holdNo }));

/**
 * Returns the starts of grants that begin to count. They come before `dueGrantExpiries`: a grant
 * that both began and ended unnoticed is granted and then expired.
 */
export const dueGrantStarts = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.grants)
    .filter((grant) => isPending(grant) && grant.effectiveAt <= nowMs)
    .map((grant) => ({ kind: "grant_effective", grantNo: grant.grantNo }));

/**
 * Returns the expiries of what is left of grants. The part that an open hold reserves does not
 * expire before the hold ends.
 */
export const dueGrantExpiries = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.grants)
    .filter((grant) => grant.expiresAt !== null && grant.expiresAt <= nowMs && unheld(grant) > 0)
    .map((grant) => ({
      kind: "grant_expiry",
      grantNo: grant.grantNo,
      amountMicrocredits: unheld(grant),
    }));

/** Returns the time of the next change that time alone brings, in ms; infinity without one. */
export function nextDueAt(state: AccountState): number {
  let at = Number.POSITIVE_INFINITY;
  for (const hold of Object.values(state.holds)) at = Math.min(at, hold.expiresAt);
  for (const grant of Object.values(state.grants)) {
    if (isPending(grant)) at = Math.min(at, grant.effectiveAt);
    else if (grant.expiresAt !== null && unheld(grant) > 0) at = Math.min(at, grant.expiresAt);
  }
  return at;
}
