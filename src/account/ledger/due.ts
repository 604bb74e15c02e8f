import type { Entry, Grant } from "./entries.ts";
import { unheld } from "./grants.ts";
import type { AccountState } from "./state.ts";

/** A grant for later that was taken back whole never begins. */
const isPending = (grant: Grant): boolean => !grant.effective && grant.remainingMicrocredits > 0;

const expirableMicrocredits = (grant: Grant): number =>
  grant.expiresAt === null ? 0 : unheld(grant);

/**
 * Holds that nobody settled in their time: they end here, and what they held is free again (I3).
 */
export const dueHoldExpiries = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.holds)
    .filter((hold) => hold.expiresAt <= nowMs)
    .map((hold) => ({ kind: "expire", holdNo: hold.holdNo }));

/**
 * Grants that begin to count. Before `dueGrantExpiries`, so that one that is both late and over is
 * granted and then expired.
 */
export const dueGrantStarts = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.grants)
    .filter((grant) => isPending(grant) && grant.effectiveAt <= nowMs)
    .map((grant) => ({ kind: "grant_effective", grantNo: grant.grantNo }));

/**
 * What is left of grants at their expiry. What an open hold has taken hold of stays until the hold
 * ends.
 */
export const dueGrantExpiries = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.grants)
    .filter(
      (grant) =>
        grant.expiresAt !== null && grant.expiresAt <= nowMs && expirableMicrocredits(grant) > 0,
    )
    .map((grant) => ({
      kind: "grant_expiry",
      grantNo: grant.grantNo,
      amountMicrocredits: expirableMicrocredits(grant),
    }));

/** When time alone next brings something about, in ms; infinity when nothing waits for it. */
export function nextDueAt(state: AccountState): number {
  let at = Number.POSITIVE_INFINITY;
  for (const hold of Object.values(state.holds)) at = Math.min(at, hold.expiresAt);
  for (const grant of Object.values(state.grants)) {
    if (isPending(grant)) at = Math.min(at, grant.effectiveAt);
    else if (grant.expiresAt !== null && expirableMicrocredits(grant) > 0)
      at = Math.min(at, grant.expiresAt);
  }
  return at;
}
