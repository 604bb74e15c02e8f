import { fail, ok, type Result } from "../../errors.ts";
import { type Account, accountNotFound } from "../account.ts";
import { reserveShares } from "../ledger/grants.ts";
import type { DeductCommand, DeductResult } from "../types.ts";
import { toBalance } from "./views.ts";

/**
 * Deducts credits, once for each `operationId`: free credit in burn order, and the rest as a debt.
 * Held and frozen credit stays. `conflict` when the operation was something else.
 */
export function deductCredits(
  account: Account,
  command: DeductCommand,
  nowMs: number,
): Result<DeductResult> {
  const { ledger, plan } = account;
  const { operationId, amountMicrocredits, reason } = command;
  if (plan === null) return accountNotFound({ kind: "session" });
  if (!Number.isSafeInteger(amountMicrocredits) || amountMicrocredits <= 0) {
    throw new RangeError(
      `only a whole number of microcredits above 0 can be taken, not ${amountMicrocredits}`,
    );
  }
  ledger.sweep(nowMs);
  const previous = ledger.findOperation(operationId);
  if (previous !== null && previous.entry.kind !== "take")
    return fail("conflict", `${operationId} wasn't a deduction of credits.`);
  if (previous === null) {
    if (!Number.isSafeInteger(ledger.state.voidedMicrocredits + amountMicrocredits)) {
      throw new RangeError(
        `more than can be counted exactly would have been taken with ${amountMicrocredits}`,
      );
    }
    const shares = reserveShares(Object.values(ledger.state.grants), amountMicrocredits, nowMs);
    const entryNo = ledger.append(
      { kind: "take", operationId, amountMicrocredits, shares, reason },
      nowMs,
    );
    ledger.recordOperation(operationId, entryNo);
  }
  return ok({ applied: previous === null, balance: toBalance(ledger.state) });
}
