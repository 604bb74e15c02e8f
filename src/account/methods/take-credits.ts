import { fail } from "../../errors.ts";
import { type Account, unopened } from "../account.ts";
import { reserve } from "../ledger/grants.ts";
import type { Reply, TakeCommand, TakeReply } from "../types.ts";
import { balanceOf } from "./views.ts";

/**
 * Takes credits away, once for each `operationId`: what is free, in burn order, and the rest as a
 * debt. What is held or frozen stays. `conflict` when the operation was something else.
 */
export function takeCredits(
  account: Account,
  command: TakeCommand,
  nowMs: number,
): Reply<TakeReply> {
  const { ledger, plan } = account;
  const { operationId, amountMicrocredits, reason } = command;
  if (plan === null) return unopened({ kind: "session" });
  if (!Number.isSafeInteger(amountMicrocredits) || amountMicrocredits <= 0) {
    throw new RangeError(
      `only a whole number of microcredits above 0 can be taken, not ${amountMicrocredits}`,
    );
  }
  ledger.sweep(nowMs);
  const done = ledger.operation(operationId);
  if (done !== null && done.entry.kind !== "take")
    return fail("conflict", `${operationId} was not a taking of credits.`);
  if (done === null) {
    if (!Number.isSafeInteger(ledger.state.voidedMicrocredits + amountMicrocredits)) {
      throw new RangeError(
        `more than can be counted exactly would have been taken with ${amountMicrocredits}`,
      );
    }
    const shares = reserve(Object.values(ledger.state.grants), amountMicrocredits, nowMs);
    const entryNo = ledger.append(
      { kind: "take", operationId, amountMicrocredits, shares, reason },
      nowMs,
    );
    ledger.recordOperation(operationId, entryNo);
  }
  return { ok: true, applied: done === null, balance: balanceOf(ledger.state) };
}
