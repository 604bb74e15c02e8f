import { creditAccount } from "../account/index.ts";
import { record } from "../audit/index.ts";
import { findUser } from "../auth/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toMicrocredits } from "../units.ts";
import { showCredits } from "../usage/index.ts";
import type { CreditAdjustmentView } from "./wire.ts";

/** The priority of credits that were bought: these are spent by expiry, and then by age. */
const PRIORITY = 100;

/** A grant of credits by an admin, or below 0 a deduction. */
export interface CreditAdjustmentParams {
  /** The same operation a second time changes nothing. */
  readonly operationId: string;
  readonly credits: number;
  readonly reason: string;
  /** In ms; null is never. */
  readonly expiresAt: number | null;
}

/** Returns the account's balance after an adjustment, as its user sees it. */
async function readBalance(
  account: ReturnType<typeof creditAccount>,
): Promise<Result<CreditAdjustmentView["balance"]>> {
  const summary = await orUnavailable(account.summary());
  if (!summary.ok) return summary;
  const { posted, held, frozen, available } = showCredits(summary.value);
  return ok({ posted, held, frozen, available });
}

/**
 * Grants a user credits, or deducts them: from what is free, and the rest as a debt. The audit
 * entry is appended before, once, so that no credits move without one. The outcome is in the user's
 * ledger, under the operation that the entry names.
 * @returns `not_found` for an unknown user
 */
export async function adjustCredits(
  ctx: Context,
  userId: string,
  { operationId, credits, reason, expiresAt }: CreditAdjustmentParams,
): Promise<Result<CreditAdjustmentView>> {
  const { env, db, nowMs, actor } = ctx;
  if ((await findUser(db, userId)) === undefined)
    return fail("not_found", `There is no user ${userId}.`);
  const action = credits > 0 ? "credits.granted" : "credits.taken";
  const after = { credits: Math.abs(credits), expiresAt, operationId };
  await record(
    db,
    { actor, action, subjectId: userId, userId, reason, after, onceKey: operationId },
    nowMs,
  );
  const account = creditAccount(env, userId);
  const amountMicrocredits = toMicrocredits(Math.abs(credits));
  if (credits < 0) {
    const deducted = await orUnavailable(account.take({ operationId, amountMicrocredits, reason }));
    if (!deducted.ok) return deducted;
    const balance = await readBalance(account);
    if (!balance.ok) return balance;
    const { applied } = deducted.value;
    return ok({ id: null, credits, applied, balance: balance.value });
  }
  const command = {
    operationId,
    amountMicrocredits,
    priority: PRIORITY,
    effectiveAt: null,
    expiresAt,
    reason,
  };
  const granted = await orUnavailable(account.grant(command));
  if (!granted.ok) return granted;
  const balance = await readBalance(account);
  if (!balance.ok) return balance;
  const { grantId, applied } = granted.value;
  return ok({ id: grantId, credits, applied, balance: balance.value });
}
