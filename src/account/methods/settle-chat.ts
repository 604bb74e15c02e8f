import { fail } from "../../errors.ts";
import type { Account } from "../account.ts";
import { type Entry, sumShares } from "../ledger/entries.ts";
import type { StoredResponse } from "../stores/idempotency.ts";
import type { Balance, Reply } from "../types.ts";
import { type Outcome, settle } from "./settle.ts";
import { balanceOf } from "./views.ts";

export interface SettleCommand {
  readonly holdNo: number;
  readonly outcome: Outcome;
  /**
   * The answer, kept for whoever repeats the hold's Idempotency-Key; null when it is not worth
   * repeating.
   */
  readonly response: StoredResponse | null;
}

export interface SettleReply {
  readonly ended: "captured" | "voided" | "expired";
  readonly costMicrocredits: number;
  readonly balance: Balance;
}

function ended(entry: Entry): Pick<SettleReply, "ended" | "costMicrocredits"> {
  if (entry.kind === "capture")
    return { ended: "captured", costMicrocredits: sumShares(entry.shares) };
  return { ended: entry.kind === "void" ? "voided" : "expired", costMicrocredits: 0 };
}

/**
 * After a chat: resolves its hold, once. Asked again it answers how the hold ended, and changes
 * nothing (I3).
 */
export function settleChat(
  account: Account,
  command: SettleCommand,
  nowMs: number,
): Reply<SettleReply> {
  const { ledger, idempotency } = account;
  const { holdNo, outcome, response } = command;
  ledger.sweep(nowMs);
  const hold = ledger.state.holds[holdNo];
  if (hold === undefined) {
    const ending = ledger.endingOf(holdNo);
    if (ending === null) return fail("not_found", `There is no hold ${holdNo}.`);
    return { ok: true, ...ended(ending.entry), balance: balanceOf(ledger.state) };
  }
  const ending = settle(ledger.state, hold, outcome);
  ledger.append(ending, nowMs);
  if (hold.idempotencyKey !== null) {
    if (response === null) idempotency.release(hold.idempotencyKey);
    else idempotency.finish(hold.idempotencyKey, response, nowMs);
  }
  // What the grant gave up while it was held, it gives up for good when it has expired meanwhile.
  ledger.sweep(nowMs);
  return { ok: true, ...ended(ending), balance: balanceOf(ledger.state) };
}

/**
 * Whether all that this will write is the hold's end: nothing is due, and nothing becomes due by
 * what it frees.
 */
export const endingIsOneRow =
  ({ holdNo }: SettleCommand) =>
  ({ ledger }: Account, nowMs: number): boolean =>
    ledger.state.holds[holdNo]?.idempotencyKey === null &&
    ledger.isQuiet(nowMs) &&
    nowMs < ledger.freedUntil(holdNo);
