import { creditAccount } from "../account/index.ts";
import { setPlanVersion, usersBehind } from "../auth/index.ts";
import { entitlementOf, listPlans, type Plan } from "../catalog/index.ts";
import { database, wordsOf } from "../db.ts";
import type { Env } from "../env.ts";

/**
 * How many users are pushed to in one go: each costs a call to an object and two queries, and an
 * invocation may make 1000.
 */
export const PUSHES_AT_ONCE = 200;
/** How many objects are called at the same time. */
const ABREAST = 6;

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
  let told = 0;
  let tried = 0;
  for (const plan of await listPlans(db, { activeOnly: false })) {
    const behind = tried < limit ? await usersBehind(db, plan.id, plan.version, limit - tried) : [];
    tried += behind.length;
    for (let at = 0; at < behind.length; at += ABREAST) {
      const pushes = behind.slice(at, at + ABREAST).map((userId) => push(env, userId, plan));
      told += (await Promise.all(pushes)).filter(Boolean).length;
    }
  }
  return told;
}

async function push(env: Bindings, userId: string, plan: Plan): Promise<boolean> {
  try {
    return await tell(env, userId, plan);
  } catch (error) {
    console.error(
      JSON.stringify({
        level: "error",
        doing: "pushing an entitlement",
        userId,
        error: wordsOf(error),
      }),
    );
    return false;
  }
}

/**
 * A user may buy another plan meanwhile: the account then keeps that one, and is told of its
 * changes under its own name.
 */
async function tell(env: Bindings, userId: string, plan: Plan): Promise<boolean> {
  const reply = await creditAccount(env, userId).setEntitlement({
    entitlement: entitlementOf(plan),
    onlyIfPlan: plan.id,
  });
  if (!reply.ok) throw new Error(`refused: ${reply.failure.code} ${reply.failure.message}`);
  await setPlanVersion(database(env.DB), userId, plan);
  return true;
}
