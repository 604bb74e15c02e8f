import { fail } from "../../errors.ts";
import { type Account, unopened } from "../account.ts";
import type { AccountState } from "../ledger/state.ts";
import type { GrantCommand, GrantReply, Reply } from "../types.ts";
import { setGrantReversal } from "./grant-reversal.ts";
import { balanceOf } from "./views.ts";

const everGranted = (state: AccountState): number =>
  Object.values(state.grants).reduce(
    (sum, grant) => sum + (grant.effective ? 0 : grant.amountMicrocredits),
    state.grantedMicrocredits,
  );

function give(
  { ledger }: Account,
  command: GrantCommand & { effectiveAt: number },
  nowMs: number,
): number {
  const { operationId, amountMicrocredits, priority, effectiveAt, expiresAt, reason } = command;
  if (!Number.isSafeInteger(everGranted(ledger.state) + amountMicrocredits)) {
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
 * Gives credit, once for each `operationId`: the same one again answers with the grant that it made
 * (I5). With a standing, whether the operation is new or not, the grant stands so afterwards. In
 * one transaction: nothing is spent in between. `conflict` when the operation was something else.
 */
export function giveGrant(
  account: Account,
  command: GrantCommand,
  nowMs: number,
): Reply<GrantReply> {
  const { ledger, plan } = account;
  if (plan === null) return unopened({ kind: "session" });
  ledger.sweep(nowMs);
  const { operationId, amountMicrocredits, priority, expiresAt } = command;
  const effectiveAt = command.effectiveAt ?? nowMs;
  if (!Number.isSafeInteger(amountMicrocredits) || amountMicrocredits <= 0) {
    throw new RangeError(
      `a grant needs a whole number of microcredits above 0, not ${amountMicrocredits}`,
    );
  }
  // Kept as JSON, where what is no number becomes null: a grant that never expires.
  if (![priority, effectiveAt, expiresAt ?? 0].every(Number.isSafeInteger)) {
    throw new RangeError(
      `a grant needs a priority and times that are whole numbers: ${JSON.stringify(command)}`,
    );
  }
  const done = ledger.operation(operationId);
  if (done !== null && done.entry.kind !== "grant")
    return fail("conflict", `${operationId} was not a grant.`);
  const grantNo = done?.entryNo ?? give(account, { ...command, effectiveAt }, nowMs);
  const standingChanged =
    command.standing !== undefined && setGrantReversal(ledger, grantNo, command.standing, nowMs);
  ledger.sweep(nowMs);
  return {
    ok: true,
    grantId: `grt_${grantNo}`,
    applied: done === null,
    standingChanged,
    balance: balanceOf(ledger.state),
  };
}
