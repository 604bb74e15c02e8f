import { ok, type Result } from "../../errors.ts";
import { type Account, accountNotFound } from "../account.ts";
import type { BalanceWatch } from "../types.ts";

/**
 * Sets the balance below which the user is told, once each time that it falls below it; null tells
 * nobody. A balance that is below it already has to rise above it first.
 */
export function watchBalance(
  { ledger, plan }: Account,
  { thresholdMicrocredits }: BalanceWatch,
  nowMs: number,
): Result<{ applied: boolean }> {
  if (plan === null) return accountNotFound({ kind: "session" });
  if (thresholdMicrocredits !== null && !Number.isSafeInteger(thresholdMicrocredits))
    throw new RangeError(`a threshold is in whole microcredits, not ${thresholdMicrocredits}`);
  ledger.sweep(nowMs);
  const current = ledger.state.watch?.thresholdMicrocredits ?? null;
  if (current === thresholdMicrocredits) return ok({ applied: false });
  ledger.append({ kind: "balance_watch", thresholdMicrocredits }, nowMs);
  return ok({ applied: true });
}
