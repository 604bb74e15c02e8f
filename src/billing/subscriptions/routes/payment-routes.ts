import { z } from "zod";
import { type Caller, findUser, requireCaller } from "../../../auth/index.ts";
import { findPlan } from "../../../catalog/index.ts";
import type { Database } from "../../../db.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { list } from "../../../http/answer-fields.ts";
import { describeRoute } from "../../../http/describe-route.ts";
import { router } from "../../../http/factory.ts";
import {
  currencyCodeField,
  intervalField,
  paymentMethodIdField,
  planIdField,
  quantityField,
} from "../../../http/fields.ts";
import { pageQuery, timedCursor, toPage } from "../../../http/page.ts";
import { refuse } from "../../../http/respond.ts";
import { lineField } from "../../../http/text.ts";
import { validate } from "../../../http/validate.ts";
import { limitDeclines } from "../../access/limit-declines.ts";
import { limitPayments } from "../../access/limit-payments.ts";
import { canView, ownerFilter } from "../../access/ownership.ts";
import { fetchDiscounts } from "../../stripe/promotion-code.ts";
import { changeSubscription } from "../change/change-subscription.ts";
import { cancelAtPeriodEnd, cancelNow, resumeSubscription } from "../change/manage.ts";
import { subscribe } from "../change/subscribe.ts";
import { showSubscription } from "../show.ts";
import { findSubscription, listSubscriptionPage, type Subscription } from "../store.ts";
import { type NewSubscriptionView, newSubscriptionView, subscriptionView } from "../wire.ts";
import { respondWithSubscription } from "./respond.ts";

const patchBody = z
  .strictObject({
    planId: planIdField.optional(),
    interval: intervalField.optional(),
    quantity: quantityField.optional(),
    cancelAtPeriodEnd: z.boolean().optional(),
  })
  .refine(
    ({ cancelAtPeriodEnd: cancel, ...change }) =>
      (cancel === undefined) !== Object.values(change).every((value) => value === undefined),
    "send either cancelAtPeriodEnd, or planId, interval and quantity",
  );
const subscribeBody = z.strictObject({
  planId: planIdField,
  interval: intervalField.optional(),
  currency: currencyCodeField.optional(),
  quantity: quantityField.default(1),
  paymentMethodId: paymentMethodIdField.optional(),
  promotionCode: lineField(100).optional(),
});

const listQuery = pageQuery.extend({ cursor: timedCursor("sub_") });

/** Finds a subscription by its id, for its owner or an admin (I10). */
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
    requireCaller("billing"),
    limitPayments,
    limitDeclines,
    validate("json", subscribeBody),
    describeRoute(
      "Subscribes with a saved payment method.",
      newSubscriptionView,
      [
        "not_found",
        "conflict",
        "already_purchased",
        "purchase_limit_exceeded",
        "card_declined",
        "stripe_refused",
        "billing_unavailable",
      ],
      { status: 201 },
    ),
    async (c) => {
      const { db, config } = c.var.ctx;
      const { promotionCode, planId, ...requested } = c.req.valid("json");
      const [buyer, plan] = await Promise.all([
        findUser(db, c.var.caller.userId),
        findPlan(db, planId),
      ]);
      if (buyer === undefined)
        return refuse(c, fail("not_found", "This user has been deleted.").failure);
      if (plan === undefined) {
        const { failure } = fail("not_found", `There is no plan ${planId}.`, { param: "planId" });
        return refuse(c, failure);
      }
      const discounts = await fetchDiscounts(c.var.ctx, c.var.caller.userId, promotionCode);
      if (!discounts.ok) return refuse(c, discounts.failure);
      const request = { buyer, plan, requested, discounts: discounts.value };
      const started = await subscribe(c.var.ctx, request);
      if (!started.ok) return refuse(c, started.failure);
      const { subscription, clientSecret } = started.value;
      const view: NewSubscriptionView = {
        ...(await showSubscription(db, subscription, config.PAST_DUE_GRACE_DAYS)),
        clientSecret,
      };
      return c.json(view, 201);
    },
  )
  .get(
    "/subscriptions/:id",
    requireCaller("read"),
    limitPayments,
    describeRoute("Returns a subscription.", subscriptionView, ["not_found"]),
    async (c) =>
      respondWithSubscription(
        c,
        await findVisibleSubscription(c.var.ctx.db, c.var.caller, c.req.param("id")),
      ),
  )
  .patch(
    "/subscriptions/:id",
    requireCaller("billing"),
    limitPayments,
    limitDeclines,
    validate("json", patchBody),
    describeRoute(
      "Changes a subscription, or cancels it at the end of its period.",
      subscriptionView,
      [
        "not_found",
        "conflict",
        "already_purchased",
        "purchase_limit_exceeded",
        "card_declined",
        "stripe_refused",
        "billing_unavailable",
      ],
    ),
    async (c) => {
      const found = await findVisibleSubscription(c.var.ctx.db, c.var.caller, c.req.param("id"));
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
  .delete(
    "/subscriptions/:id",
    requireCaller("billing"),
    limitPayments,
    describeRoute("Cancels a subscription immediately.", subscriptionView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const found = await findVisibleSubscription(c.var.ctx.db, c.var.caller, c.req.param("id"));
      return await respondWithSubscription(
        c,
        found.ok ? await cancelNow(c.var.ctx, found.value) : found,
      );
    },
  )
  .get(
    "/users/:userId/subscriptions",
    requireCaller("read"),
    limitPayments,
    validate("query", listQuery),
    describeRoute(
      "Lists all of a user's subscriptions, current and past, newest first.",
      list(subscriptionView),
      ["not_found"],
    ),
    async (c) => {
      const { db, config } = c.var.ctx;
      const requestedUserId = c.req.param("userId");
      const owner = ownerFilter(c.var.caller, requestedUserId);
      if (!owner.ok) return refuse(c, owner.failure);
      const { limit, cursor } = c.req.valid("query");
      const userId = owner.value ?? requestedUserId;
      const rows = await listSubscriptionPage(db, userId, limit + 1, cursor);
      const page = toPage(
        rows,
        limit,
        (row) => showSubscription(db, row, config.PAST_DUE_GRACE_DAYS),
        ({ createdAt, id }) => `${createdAt}.${id}`,
      );
      return c.json({ ...page, data: await Promise.all(page.data) });
    },
  );
