import { z } from "zod";
import { type Caller, findUser, requireCaller } from "../../auth/index.ts";
import { findPlan } from "../../catalog/index.ts";
import { type Database, database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { router } from "../../http/factory.ts";
import { refuse } from "../../http/respond.ts";
import { lineField } from "../../http/text.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { canView, ownerFilter } from "../access/ownership.ts";
import { discountsBy } from "../stripe/promotion-code.ts";
import { changeSubscription } from "./change/change.ts";
import { cancelAtPeriodEnd, cancelNow, resume } from "./change/manage.ts";
import { subscribe } from "./change/subscribe.ts";
import { answer, currency, doing, interval, planId, quantity } from "./http.ts";
import { showSubscription } from "./show.ts";
import { findSubscription, type Subscription, subscriptionsOf } from "./store.ts";

const patchBody = z
  .strictObject({
    planId: planId.optional(),
    interval: interval.optional(),
    quantity: quantity.optional(),
    cancelAtPeriodEnd: z.boolean().optional(),
  })
  .refine(
    ({ cancelAtPeriodEnd: cancel, ...change }) =>
      (cancel === undefined) !== Object.values(change).every((it) => it === undefined),
    "say what is to change: cancelAtPeriodEnd alone, or planId, interval and quantity",
  );
const subscribeBody = z.strictObject({
  planId,
  interval: interval.optional(),
  currency: currency.optional(),
  quantity: quantity.default(1),
  paymentMethodId: z
    .string()
    .max(255)
    .regex(/^pm_\w+$/, "is not a payment method of Stripe's, which begins with pm_")
    .optional(),
  promotionCode: lineField(100).optional(),
});

/** A subscription by its id, for its owner or an admin (I10). */
async function visible(db: Database, caller: Caller, id: string): Promise<Result<Subscription>> {
  const subscription = await findSubscription(db, id);
  if (subscription !== undefined && canView(caller, subscription.userId)) return ok(subscription);
  return fail("not_found", `There is no subscription ${id}.`);
}

/** `/api/payments`: subscriptions by their ids. */
export const paymentSubscriptionRoutes = router()
  .post(
    "/subscriptions",
    requireCaller("write"),
    limitPayments,
    validate("json", subscribeBody),
    async (c) => {
      const db = database(c.env.DB);
      const { promotionCode, planId: wanted, ...requested } = c.req.valid("json");
      const [buyer, plan] = await Promise.all([
        findUser(db, c.var.caller.userId),
        findPlan(db, wanted),
      ]);
      if (buyer === undefined)
        return refuse(c, fail("not_found", "This user no longer exists.").failure);
      if (plan === undefined)
        return refuse(
          c,
          fail("not_found", `There is no plan ${wanted}.`, { param: "planId" }).failure,
        );
      const discounts = await discountsBy(c.var.config, promotionCode);
      if (!discounts.ok) return refuse(c, discounts.failure);
      const asked = { buyer, plan, wish: requested, discounts: discounts.value };
      const begun = await subscribe(c.env, c.var.config, asked, doing(c.var.caller));
      if (!begun.ok) return refuse(c, begun.failure);
      const { subscription, clientSecret } = begun.value;
      const shown = await showSubscription(db, subscription, c.var.config.PAST_DUE_GRACE_DAYS);
      return c.json({ ...shown, clientSecret }, 201);
    },
  )
  .get("/subscriptions/:id", requireCaller("read"), limitPayments, async (c) =>
    answer(c, await visible(database(c.env.DB), c.var.caller, c.req.param("id"))),
  )
  .patch(
    "/subscriptions/:id",
    requireCaller("write"),
    limitPayments,
    validate("json", patchBody),
    async (c) => {
      const found = await visible(database(c.env.DB), c.var.caller, c.req.param("id"));
      if (!found.ok) return refuse(c, found.failure);
      const { cancelAtPeriodEnd: cancels, ...requested } = c.req.valid("json");
      const by = doing(c.var.caller);
      if (cancels === undefined)
        return await answer(
          c,
          await changeSubscription(c.env, c.var.config, found.value, requested, by),
        );
      return await answer(
        c,
        await (cancels ? cancelAtPeriodEnd : resume)(c.env, c.var.config, found.value, by),
      );
    },
  )
  .delete("/subscriptions/:id", requireCaller("write"), limitPayments, async (c) => {
    const found = await visible(database(c.env.DB), c.var.caller, c.req.param("id"));
    return await answer(
      c,
      found.ok ? await cancelNow(c.env, c.var.config, found.value, doing(c.var.caller)) : found,
    );
  })
  .get("/users/:userId/subscriptions", requireCaller("read"), limitPayments, async (c) => {
    const db = database(c.env.DB);
    const asked = c.req.param("userId");
    const listed = ownerFilter(c.var.caller, asked);
    if (!listed.ok) return refuse(c, listed.failure);
    const rows = await subscriptionsOf(db, listed.value ?? asked);
    const data = await Promise.all(
      rows.map((row) => showSubscription(db, row, c.var.config.PAST_DUE_GRACE_DAYS)),
    );
    return c.json({ object: "list" as const, data, hasMore: false, nextCursor: null });
  });
