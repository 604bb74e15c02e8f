import { creditAccount } from "../account/index.ts";
import { findOpenClaim } from "../billing/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toCredits } from "../units.ts";

const waits = (reason: string, param: string) =>
  fail("conflict", `${reason} Until then, only the operator can delete this account.`, {
    param,
  });

/**
 * Decides whether users may erase themselves: not while they owe credits, a bank decides about a
 * payment of theirs, or a refund is under way, all of which would be gone with them.
 * @returns `conflict` with the reason, and `debt`, `dispute` or `refund` as its param
 */
export async function mayEraseThemselves(ctx: Context, userId: string): Promise<Result<true>> {
  const [summary, claim] = await Promise.all([
    orUnavailable(creditAccount(ctx.env, userId).summary()),
    findOpenClaim(ctx.db, userId),
  ]);
  const available = summary.ok ? summary.value.balance.availableMicrocredits : 0;
  // Free credit pays debts at once, so less than nothing is free exactly where some are left.
  if (available < 0)
    return waits(
      `The balance is -${toCredits(-available)} credits. Buy at least that many first.`,
      "debt",
    );
  if (claim === "dispute")
    return waits("A payment is disputed. Wait for the bank's decision.", "dispute");
  if (claim === "refund") return waits("A refund is in progress. Wait a minute.", "refund");
  return ok(true);
}
