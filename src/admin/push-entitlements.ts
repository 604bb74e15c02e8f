import { creditAccount } from "../account/index.ts";
import { listOutdatedUsers, setPlanVersion } from "../auth/index.ts";
import { listPlans, type Plan, toEntitlement } from "../catalog/index.ts";
import { database, formatError } from "../db.ts";
import type { Env } from "../env.ts";

/**
 * How many users are pushed to in one go: each costs a call to an object and two queries, and an
 * invocation may make 1000.
 */
export const PUSHES_MAX = 200;
/** How many objects are called at the same time. */
const CONCURRENCY_MAX = 6;

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/**
 * Tells the credit accounts of users whose plan has changed since what it now entitles to, at most
 * `limit` of them. May be stopped and run again at any time, and several times at once: an account
 * refuses a version that is not newer, and a user counts as told only after the account has
 * answered. An account that fails is tried again on the next run.
 * @returns how many users were told
 */
export async function pushEntitlements(env: Bindings, limit: number): Promise<number> {
  const db = database(env.DB);
  let pushed = 0;
  let tried = 0;
  for (const plan of await listPlans(db, { activeOnly: false })) {
    const behind =
      tried < limit ? await listOutdatedUsers(db, plan.id, plan.version, limit - tried) : [];
    tried += behind.length;
    for (let at = 0; at < behind.length; at += CONCURRENCY_MAX) {
      const pushes = behind
        .slice(at, at + CONCURRENCY_MAX)
        .map((userId) => tryPushEntitlement(env, userId, plan));
      pushed += (await Promise.all(pushes)).filter(Boolean).length;
    }
  }
  return pushed;
}

async function tryPushEntitlement(env: Bindings, userId: string, plan: Plan): Promise<boolean> {
  try {
    return await pushEntitlement(env, userId, plan);
  } catch (error) {
    console.error(
      JSON.stringify({
        level: "error",
        doing: "pushing an entitlement",
        userId,
        error: formatError(error),
      }),
    );
    return false;
  }
}

/**
 * A user may buy another plan meanwhile: the account then keeps that one, and is told of its
 * changes under its own name.
 */
async function pushEntitlement(env: Bindings, userId: string, plan: Plan): Promise<boolean> {
  const result = await creditAccount(env, userId).setEntitlement({
    entitlement: toEntitlement(plan),
    onlyIfPlan: plan.id,
  });
  if (!result.ok) throw new Error(`refused: ${result.failure.code} ${result.failure.message}`);
  await setPlanVersion(database(env.DB), userId, plan);
  return true;
}
