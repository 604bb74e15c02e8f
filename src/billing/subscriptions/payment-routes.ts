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
import { fetchDiscounts } from "../stripe/promotion-code.ts";
import { changeSubscription } from "./change/change.ts";
import { cancelAtPeriodEnd, cancelNow, resumeSubscription } from "./change/manage.ts";
import { subscribe } from "./change/subscribe.ts";
import { currency, interval, planId, quantity, respondWithSubscription } from "./http.ts";
import { showSubscription } from "./show.ts";
import { findSubscription, listSubscriptions, type Subscription } from "./store.ts";

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
async function findVisibleSubscription(
  db: Database,
  caller: Caller,
  id: string,
): Promise<Result<Subscription>> {
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
      const { promotionCode, planId: requestedPlanId, ...requested } = c.req.valid("json");
      const [buyer, plan] = await Promise.all([
        findUser(db, c.var.caller.userId),
        findPlan(db, requestedPlanId),
      ]);
      if (buyer === undefined)
        return refuse(c, fail("not_found", "This user no longer exists.").failure);
      if (plan === undefined)
        return refuse(
          c,
          fail("not_found", `There is no plan ${requestedPlanId}.`, { param: "planId" }).failure,
        );
      const discounts = await fetchDiscounts(c.var.ctx.config, promotionCode);
      if (!discounts.ok) return refuse(c, discounts.failure);
      const asked = { buyer, plan, requested, discounts: discounts.value };
      const started = await subscribe(c.var.ctx, asked);
      if (!started.ok) return refuse(c, started.failure);
      const { subscription, clientSecret } = started.value;
      const shown = await showSubscription(db, subscription, c.var.ctx.config.PAST_DUE_GRACE_DAYS);
      return c.json({ ...shown, clientSecret }, 201);
    },
  )
  .get("/subscriptions/:id", requireCaller("read"), limitPayments, async (c) =>
    respondWithSubscription(
      c,
      await findVisibleSubscription(database(c.env.DB), c.var.caller, c.req.param("id")),
    ),
  )
  .patch(
    "/subscriptions/:id",
    requireCaller("write"),
    limitPayments,
    validate("json", patchBody),
    async (c) => {
      const found = await findVisibleSubscription(
        database(c.env.DB),
        c.var.caller,
        c.req.param("id"),
      );
      if (!found.ok) return refuse(c, found.failure);
      const { cancelAtPeriodEnd: shouldCancel, ...requested } = c.req.valid("json");
      if (shouldCancel === undefined)
        return await respondWithSubscription(
          c,
          await changeSubscription(c.var.ctx, found.value, requested),
        );
      return await respondWithSubscription(
        c,
        await (shouldCancel ? cancelAtPeriodEnd : resumeSubscription)(c.var.ctx, found.value),
      );
    },
  )
  .delete("/subscriptions/:id", requireCaller("write"), limitPayments, async (c) => {
    const found = await findVisibleSubscription(
      database(c.env.DB),
      c.var.caller,
      c.req.param("id"),
    );
    return await respondWithSubscription(
      c,
      found.ok ? await cancelNow(c.var.ctx, found.value) : found,
    );
  })
  .get("/users/:userId/subscriptions", requireCaller("read"), limitPayments, async (c) => {
    const db = database(c.env.DB);
    const asked = c.req.param("userId");
    const listed = ownerFilter(c.var.caller, asked);
    if (!listed.ok) return refuse(c, listed.failure);
    const rows = await listSubscriptions(db, listed.value ?? asked);
    const data = await Promise.all(
      rows.map((row) => showSubscription(db, row, c.var.ctx.config.PAST_DUE_GRACE_DAYS)),
    );
    return c.json({ object: "list" as const, data, hasMore: false, nextCursor: null });
  });
