import { type Account, unopened } from "./account.ts";
import type { GrantCommand, GrantReply, Reply } from "./types.ts";
import { balanceOf } from "./views.ts";

/** Gives credit, once for each `operationId`: the same one again answers with the grant that it made (I5). */
export function giveGrant(account: Account, command: GrantCommand, nowMs: number): Reply<GrantReply> {
  const { ledger, plan } = account;
  if (plan === null) return unopened({ kind: "session" });
  ledger.sweep(nowMs);
  const { operationId, amountMicrocredits, priority, expiresAt, reason } = command;
  if (!Number.isSafeInteger(amountMicrocredits) || amountMicrocredits <= 0) {
    throw new RangeError(`a grant needs a whole number of microcredits above 0, not ${amountMicrocredits}`);
  }
  const done = ledger.operation(operationId);
  if (done !== null) return { ok: true, grantId: `grt_${done}`, applied: false, balance: balanceOf(ledger.state) };
  const effectiveAt = command.effectiveAt ?? nowMs;
  const grantNo = ledger.append(
    { kind: "grant", operationId, amountMicrocredits, priority, effectiveAt, expiresAt, reason },
    nowMs,
  );
  ledger.noteOperation(operationId, grantNo);
  ledger.sweep(nowMs);
  return { ok: true, grantId: `grt_${grantNo}`, applied: true, balance: balanceOf(ledger.state) };
}
