import { type Failure, ok, type Result } from "../../errors.ts";
import { type Account, accountNotFound } from "../account.ts";
import type { Standing, Suspension } from "../types.ts";

/** The refusal of a suspended user, wherever it is decided. The operator's reason is not in it. */
export const ACCOUNT_SUSPENDED: Failure = {
  code: "account_suspended",
  message: "Your account is suspended. Contact support.",
};

/**
 * Suspends the user of an account, or resumes them. Chats that run are charged as if nothing had
 * happened. Changes may come late and more than once: one that is not newer changes nothing.
 */
export function setSuspension(
  account: Account,
  { changeNo, isSuspended }: Suspension,
): Result<{ applied: boolean }> {
  if (account.plan === null) return accountNotFound({ kind: "session" });
  if (changeNo <= account.suspension.changeNo) return ok({ applied: false });
  const suspension = { changeNo, isSuspended };
  account.ledger.setMeta("suspension", JSON.stringify(suspension));
  account.suspension = suspension;
  return ok({ applied: true });
}

/**
 * Returns whether the user of an open account is suspended, to whoever asks on that user's behalf.
 * `not_found` for an account that is not open.
 */
export function readStanding({ plan, suspension }: Account): Result<Standing> {
  if (plan === null) return accountNotFound({ kind: "management" });
  return ok({ isSuspended: suspension.isSuspended });
}
