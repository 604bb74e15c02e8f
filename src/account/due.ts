import type { Account } from "./account.ts";
import type { Entry, Grant } from "./entries.ts";
import { unheld } from "./grants.ts";
import { ROLLUP_DELAY_MS } from "./outbox.ts";
import { hasUnreported } from "./reports.ts";
import type { AccountState } from "./state.ts";

/** A grant for later that was taken back whole never begins. */
const begins = (grant: Grant): boolean => !grant.effective && grant.remainingMicrocredits > 0;

const expirable = (grant: Grant): number => (grant.expiresAt === null ? 0 : unheld(grant));

/** Holds that nobody settled in their time: they end here, and what they held is free again (I3). */
export const dueHolds = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.holds)
    .filter((hold) => hold.expiresAt <= nowMs)
    .map((hold) => ({ kind: "expire", holdNo: hold.holdNo }));

/** Grants that begin to count. Before `dueExpiries`, so that one that is both late and over is granted and then expired. */
export const dueEffective = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.grants)
    .filter((grant) => begins(grant) && grant.effectiveAt <= nowMs)
    .map((grant) => ({ kind: "grant_effective", grantNo: grant.grantNo }));

/** What is left of grants at their expiry. What an open hold has taken hold of stays until the hold ends. */
export const dueExpiries = (state: AccountState, nowMs: number): Entry[] =>
  Object.values(state.grants)
    .filter((grant) => grant.expiresAt !== null && grant.expiresAt <= nowMs && expirable(grant) > 0)
    .map((grant) => ({ kind: "grant_expiry", grantNo: grant.grantNo, amountMicrocredits: expirable(grant) }));

/** When the object must wake next, in ms; `null` when nothing waits. */
export function nextWakeAt({ ledger: { state }, outbox, idempotency }: Account, nowMs: number): number | null {
  const holds = Object.values(state.holds);
  const reporting = holds.length > 0 || outbox.unsent(state).length > 0 || hasUnreported(state);
  const times = [
    ...holds.map((hold) => hold.expiresAt),
    ...Object.values(state.grants).flatMap((grant) => {
      if (begins(grant)) return [grant.effectiveAt];
      return grant.expiresAt !== null && expirable(grant) > 0 ? [grant.expiresAt] : [];
    }),
    // Set when a chat begins, for the usage that it will leave: one alarm instead of two.
    ...(reporting ? [nowMs + ROLLUP_DELAY_MS] : []),
    ...(idempotency.keptUntil === null ? [] : [idempotency.keptUntil]),
  ];
  return times.length === 0 ? null : Math.min(...times);
}
