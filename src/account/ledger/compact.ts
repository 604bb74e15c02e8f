/**
 * Compaction, the second writer of an account's state beside `applyEntry`. It removes what no
 * later entry needs and what is kept elsewhere, so that the state grows with what is open and not
 * with the account's age. It changes no balance, no counter and nothing that is left.
 *
 * A removal is not an entry: a checkpoint without it has to be written in the same transaction.
 * Folding all entries anew brings everything back, which changes no balance either.
 */

import type { Grant } from "./entries.ts";
import type { WritableState } from "./state.ts";

const isSpent = ({ remainingMicrocredits, owedMicrocredits, frozen }: Grant): boolean =>
  remainingMicrocredits === 0 && owedMicrocredits === 0 && !frozen;

/**
 * Removes the grants that are used up, and returns them to be kept in `spent_grants`. A
 * `grant_revived` entry brings one back.
 */
export function evictSpentGrants(state: WritableState): Grant[] {
  const spent = Object.values(state.grants).filter(isSpent);
  for (const grant of spent) delete state.grants[grant.grantNo];
  return spent;
}

/** Removes daily usage that is over and that D1 has, by its keys in the state. */
export function evictDailyUsage(state: WritableState, keys: readonly string[]): void {
  for (const key of keys) delete state.daily[key];
}

/** Whether the id of a key is that of the token of a session, of which there are many. */
export const isSessionKeyId = (keyId: string): boolean => keyId.startsWith("ses_");

/**
 * Removes what the tokens of sessions spent that ended long ago: their budgets are checked no more.
 * @param usedBeforeMs no token that was used last before this time (ms) is still good, and no hold
 *   of it is open
 */
export function evictSessionUsage(state: WritableState, usedBeforeMs: number): void {
  for (const [keyId, { lastUsedAt }] of Object.entries(state.keys))
    if (isSessionKeyId(keyId) && lastUsedAt < usedBeforeMs) delete state.keys[keyId];
}
