import { fail, ok, type Result } from "../../errors.ts";
import type { Account } from "../account.ts";
import { type Entry, sumShares } from "../ledger/entries.ts";
import type { StoredResponse } from "../stores/idempotency.ts";
import type { Balance } from "../types.ts";
import { type ChatOutcome, decideSettlement } from "./settlement-decision.ts";
import { toBalance } from "./views.ts";

export interface SettleCommand {
  readonly holdNo: number;
  readonly outcome: ChatOutcome;
  /** The answer to replay for the hold's Idempotency-Key; null frees the key. */
  readonly response: StoredResponse | null;
}

export interface SettleResult {
  readonly ended: "captured" | "voided" | "expired";
  readonly costMicrocredits: number;
  readonly balance: Balance;
}

function toSettlement(entry: Entry): Pick<SettleResult, "ended" | "costMicrocredits"> {
  if (entry.kind === "capture")
    return { ended: "captured", costMicrocredits: sumShares(entry.shares) };
  return { ended: entry.kind === "void" ? "voided" : "expired", costMicrocredits: 0 };
}

/**
 * Settles a chat's hold, once. Called again it returns how the hold ended, and changes nothing
 * (I3). `not_found` when there never was such a hold.
 */
export function settleChat(
  account: Account,
  command: SettleCommand,
  nowMs: number,
): Result<SettleResult> {
  const { ledger, idempotency } = account;
  const { holdNo, outcome, response } = command;
  ledger.sweep(nowMs);
  const hold = ledger.state.holds[holdNo];
  if (hold === undefined) {
    const ending = ledger.findHoldEnding(holdNo);
    if (ending === null) return fail("not_found", `There is no hold ${holdNo}.`);
    return ok({ ...toSettlement(ending.entry), balance: toBalance(ledger.state) });
  }
  const ending = decideSettlement(ledger.state, hold, outcome);
  ledger.append(ending, nowMs);
  if (hold.idempotencyKey !== null) {
    if (response === null) idempotency.release(hold.idempotencyKey);
    else idempotency.finish(hold.idempotencyKey, response, nowMs);
  }
  // The part that the hold frees expires with its grant, which may be over by now.
  ledger.sweep(nowMs);
  return ok({ ...toSettlement(ending), balance: toBalance(ledger.state) });
}

/**
 * Returns whether settling writes the hold's end and nothing else: nothing is due, and freeing the
 * hold makes nothing due.
 */
export const isSingleRowSettlement =
  ({ holdNo }: SettleCommand) =>
  ({ ledger }: Account, nowMs: number): boolean =>
    ledger.state.holds[holdNo]?.idempotencyKey === null &&
    ledger.canAppendSingleRow(nowMs) &&
    nowMs < ledger.nextDueAtAfterHold(holdNo);
