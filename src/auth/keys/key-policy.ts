import { createMiddleware } from "hono/factory";
import {
  API_ACCESS,
  findPlan,
  hasFeature,
  listPlans,
  sellsOnlyConversations,
} from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { refuse } from "../../http/respond.ts";
import type { AuthEnv } from "../caller.ts";
import { findUser } from "../users/users.ts";

/** Returns whether keys are only for users who have paid: as the setting says, or the catalog. */
const requiresPayment = async ({ config, db }: Context): Promise<boolean> =>
  config.API_KEYS_REQUIRE_PAYMENT ??
  sellsOnlyConversations(await listPlans(db, { activeOnly: true }));

/**
 * Refuses API keys to users who have not paid yet, where the operator wants a payment before them.
 * By default that is so where single conversations are all that is sold, since each comes with a
 * key.
 */
export const requirePaymentForKeys = createMiddleware<AuthEnv>(async (c, next) => {
  const { ctx, caller } = c.var;
  const user = await findUser(ctx.db, caller.userId);
  if ((user === undefined || user.firstPaidAt === null) && (await requiresPayment(ctx)))
    return refuse(c, {
      code: "payment_required_for_keys",
      message: "API keys are available after your first payment. Buy credits or a plan.",
    });
  return await next();
});

/**
 * Refuses to make an API key on a plan without the feature `api_access`, where another plan has it.
 * Keys that were made before go on.
 */
export const requireApiAccess = createMiddleware<AuthEnv>(async (c, next) => {
  const { db } = c.var.ctx;
  const plans = await listPlans(db, { activeOnly: true });
  if (plans.some((plan) => hasFeature(plan, API_ACCESS))) {
    const user = await findUser(db, c.var.caller.userId);
    const plan = user === undefined ? undefined : await findPlan(db, user.planId);
    if (plan === undefined || !hasFeature(plan, API_ACCESS))
      return refuse(c, {
        code: "insufficient_quota",
        message: "Your plan doesn't include API keys. Upgrade to a plan that does.",
      });
  }
  return await next();
});
