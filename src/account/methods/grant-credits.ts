import { fail, ok, type Result } from "../../errors.ts";
import { type Account, accountNotFound } from "../account.ts";
import type { AccountState } from "../ledger/state.ts";
import type { GrantCommand, GrantResult } from "../types.ts";
import { setGrantReversal } from "./grant-reversal.ts";
import { toBalance } from "./views.ts";

const totalGranted = (state: AccountState): number =>
  Object.values(state.grants).reduce(
    (sum, grant) => sum + (grant.effective ? 0 : grant.amountMicrocredits),
    state.grantedMicrocredits,
  );

function appendGrant(
  { ledger }: Account,
  command: GrantCommand & { effectiveAt: number },
  nowMs: number,
): number {
  const { operationId, amountMicrocredits, priority, effectiveAt, expiresAt, reason } = command;
  if (!Number.isSafeInteger(totalGranted(ledger.state) + amountMicrocredits)) {
    throw new RangeError(
      `more than can be counted exactly would have been granted with ${amountMicrocredits}`,
    );
  }
  const grantNo = ledger.append(
    { kind: "grant", operationId, amountMicrocredits, priority, effectiveAt, expiresAt, reason },
    nowMs,
  );
  ledger.recordOperation(operationId, grantNo);
  return grantNo;
}

/**
 * Grants credits, once for each `operationId`: called again it returns the same grant (I5). A
 * `standing` is applied each time, in the same transaction, so that nothing is spent in between.
 * `conflict` when the operation was something else.
 */
export function grantCredits(
  account: Account,
  command: GrantCommand,
  nowMs: number,
): Result<GrantResult> {
  const { ledger, plan } = account;
  if (plan === null) return accountNotFound({ kind: "session" });
  ledger.sweep(nowMs);
  const { operationId, amountMicrocredits, priority, expiresAt } = command;
  const effectiveAt = command.effectiveAt ?? nowMs;
  if (!Number.isSafeInteger(amountMicrocredits) || amountMicrocredits <= 0) {
    throw new RangeError(
      `a grant needs a whole number of microcredits above 0, not ${amountMicrocredits}`,
    );
  }
  // Entries are JSON, in which NaN becomes null: a grant that never expires.
  if (![priority, effectiveAt, expiresAt ?? 0].every(Number.isSafeInteger)) {
    throw new RangeError(
      `a grant needs a priority and times that are whole numbers: ${JSON.stringify(command)}`,
    );
  }
  const previous = ledger.findOperation(operationId);
  if (previous !== null && previous.entry.kind !== "grant")
    return fail("conflict", `${operationId} was not a grant.`);
  const grantNo = previous?.entryNo ?? appendGrant(account, { ...command, effectiveAt }, nowMs);
  const standingChanged =
    command.standing !== undefined && setGrantReversal(ledger, grantNo, command.standing, nowMs);
  ledger.sweep(nowMs);
  return ok({
    grantId: `grt_${grantNo}`,
    applied: previous === null,
    standingChanged,
    balance: toBalance(ledger.state),
  });
}
