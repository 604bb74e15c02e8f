import { creditAccount } from "../../account/index.ts";
import { findPlan, toEntitlement } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { pushSuspension } from "./suspension.ts";
import { setPlanVersion, type User } from "./users.ts";

/**
 * Opens the credit account of a user who has none yet. Idempotent: it may be repeated after a crash
 * anywhere in it.
 */
export async function openCreditAccount({ env, db }: Context, user: User): Promise<void> {
  const plan = await findPlan(db, user.planId);
  if (plan === undefined)
    throw new Error(`The plan ${user.planId} of ${user.id} is not in the catalog.`);
  await orUnavailable(
    creditAccount(env, user.id).open({
      userId: user.id,
      entitlement: toEntitlement(plan, user),
    }),
  );
  // Before the row says that the account is open: until then the cron leaves it alone.
  if (user.suspendedAt !== null) await pushSuspension({ env, db }, user.id);
  await setPlanVersion(db, user.id, plan);
}
