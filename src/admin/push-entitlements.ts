import { creditAccount } from "../account/index.ts";
import { listOutdatedUsers, type OutdatedUser, setPlanVersion } from "../auth/index.ts";
import { listPlans, type Plan, toEntitlement } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { formatError } from "../db.ts";
import { log } from "../log.ts";

/**
 * The number of users in one run. Each costs a call to an object and two queries, and an invocation
 * may make 1000.
 */
export const PUSHES_MAX = 200;
/** The number of objects that are called at the same time. */
const CONCURRENCY_MAX = 6;

/**
 * Pushes plans that have changed to the credit accounts of their users, at most `limit` of them. It
 * may be stopped and run again at any time, and several runs may overlap: an account refuses a
 * version that is not newer, and a user counts as up to date only after the account has answered.
 * The next run retries an account that fails.
 * @returns the number of users whose account was updated
 */
export async function pushEntitlements(ctx: Context, limit: number): Promise<number> {
  const { db } = ctx;
  let pushed = 0;
  let tried = 0;
  for (const plan of await listPlans(db, { activeOnly: false })) {
    const outdated =
      tried < limit ? await listOutdatedUsers(db, plan.id, plan.version, limit - tried) : [];
    tried += outdated.length;
    for (let at = 0; at < outdated.length; at += CONCURRENCY_MAX) {
      const pushes = outdated
        .slice(at, at + CONCURRENCY_MAX)
        .map((user) => tryPushEntitlement(ctx, user, plan));
      pushed += (await Promise.all(pushes)).filter(Boolean).length;
    }
  }
  return pushed;
}

async function tryPushEntitlement(ctx: Context, user: OutdatedUser, plan: Plan): Promise<boolean> {
  try {
    await pushEntitlement(ctx, user, plan);
    return true;
  } catch (error) {
    log.error("entitlement.push_failed", { userId: user.id, error: formatError(error) });
    return false;
  }
}

/**
 * Pushes a plan to one account. A user may buy another plan meanwhile. The account then keeps that
 * one, and gets its changes under its own name.
 */
async function pushEntitlement(
  { env, db }: Context,
  user: OutdatedUser,
  plan: Plan,
): Promise<void> {
  const result = await creditAccount(env, user.id).setEntitlement({
    entitlement: toEntitlement(plan, user),
    onlyIfPlan: plan.id,
  });
  if (!result.ok) throw new Error(`refused: ${result.failure.code} ${result.failure.message}`);
  await setPlanVersion(db, user.id, plan);
}
