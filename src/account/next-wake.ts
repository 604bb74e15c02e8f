import type { Account } from "./account.ts";
import type { AccountState } from "./ledger/state.ts";
import { ROLLUP_DELAY_MS } from "./reporting/outbox.ts";
import { hasUnreportedOverage } from "./reporting/overage-outbox.ts";

function hasOpenHold({ holds }: AccountState): boolean {
  for (const holdNo in holds) if (Object.hasOwn(holds, holdNo)) return true;
  return false;
}

/** Returns when the object must wake next, in ms; `null` when nothing waits. */
export function nextWakeAt(
  { ledger, outbox, notices, idempotency }: Account,
  nowMs: number,
): number | null {
  const { state } = ledger;
  // The cheapest checks first: this runs after every call.
  const hasPendingReports =
    outbox.hasUnsent(state) ||
    hasOpenHold(state) ||
    hasUnreportedOverage(state) ||
    notices.hasUnsent(state);
  const at = Math.min(
    ledger.nextDueAt(),
    // Set when a chat begins, for the usage that it will leave: one alarm instead of two.
    hasPendingReports ? nowMs + ROLLUP_DELAY_MS : Number.POSITIVE_INFINITY,
    idempotency.nextExpiryAt ?? Number.POSITIVE_INFINITY,
  );
  return at === Number.POSITIVE_INFINITY ? null : at;
}
