import { z } from "zod";
import { type Caller, findUser, requireCaller } from "../../../auth/index.ts";
import type { Database } from "../../../db.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { boundedText } from "../../../http/bounded.ts";
import { describeRoute } from "../../../http/describe-route.ts";
import { router } from "../../../http/factory.ts";
import { intervalField, planIdField, quantityField } from "../../../http/fields.ts";
import { refuse } from "../../../http/respond.ts";
import { validate } from "../../../http/validate.ts";
import { limitDeclines } from "../../access/limit-declines.ts";
import { limitPayments } from "../../access/limit-payments.ts";
import { changeSubscription } from "../change/change-subscription.ts";
import { cancelAtPeriodEnd, resumeSubscription } from "../change/manage.ts";
import { previewChange } from "../change/preview-change.ts";
import { showNoSubscription } from "../show.ts";
import { listLiveSubscriptions, type Subscription } from "../store.ts";
import { subscriptionChangeView, subscriptionView } from "../wire.ts";
import { respondWithSubscription } from "./respond.ts";

const changeBody = z.strictObject({
  planId: planIdField,
  interval: intervalField.optional(),
  quantity: quantityField.optional(),
  preview: z.boolean().default(false),
});

const cancelBody = z.strictObject({ reason: boundedText(500).trim().min(1).optional() });

/** Finds the live subscription of a caller. */
async function findOwnSubscription(
  db: Database,
  { userId }: Caller,
): Promise<Result<Subscription>> {
  const [subscription] = await listLiveSubscriptions(db, userId);
  return subscription === undefined
    ? fail("not_found", "You don't have a subscription.")
    : ok(subscription);
}

/** `/api/subscription`: the caller's own. */
export const subscriptionRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    describeRoute(
      "Returns the caller's subscription, or the plan if there is none.",
      subscriptionView,
      ["not_found"],
    ),
    async (c) => {
      const { db } = c.var.ctx;
      const { userId } = c.var.caller;
      const found = await findOwnSubscription(db, c.var.caller);
      if (found.ok) return await respondWithSubscription(c, found);
      const user = await findUser(db, userId);
      if (user === undefined)
        return refuse(c, fail("not_found", "This user has been deleted.").failure);
      return c.json(await showNoSubscription(db, userId, user.planId));
    },
  )
  .post(
    "/cancel",
    requireCaller("billing", { whileSuspended: "all" }),
    limitPayments,
    validate("json", cancelBody),
    describeRoute("Cancels the subscription at the end of its period.", subscriptionView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const found = await findOwnSubscription(c.var.ctx.db, c.var.caller);
      return await respondWithSubscription(
        c,
        found.ok
          ? await cancelAtPeriodEnd(c.var.ctx, found.value, c.req.valid("json").reason)
          : found,
      );
    },
  )
  .post(
    "/resume",
    requireCaller("billing"),
    limitPayments,
    limitDeclines,
    describeRoute(
      "Undoes a scheduled cancellation, or resumes a paused subscription.",
      subscriptionView,
      [
        "not_found",
        "purchase_limit_exceeded",
        "card_declined",
        "stripe_refused",
        "billing_unavailable",
      ],
    ),
    async (c) => {
      const found = await findOwnSubscription(c.var.ctx.db, c.var.caller);
      return await respondWithSubscription(
        c,
        found.ok ? await resumeSubscription(c.var.ctx, found.value) : found,
      );
    },
  )
  .post(
    "/change",
    requireCaller("billing"),
    limitPayments,
    limitDeclines,
    validate("json", changeBody),
    describeRoute(
      "Changes the plan, with proration. With `preview`, only returns the cost.",
      subscriptionChangeView,
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
      const { preview, ...requested } = c.req.valid("json");
      const found = await findOwnSubscription(c.var.ctx.db, c.var.caller);
      if (!found.ok) return refuse(c, found.failure);
      if (!preview)
        return await respondWithSubscription(
          c,
          await changeSubscription(c.var.ctx, found.value, requested),
        );
      const previewed = await previewChange(c.var.ctx, found.value, requested);
      return previewed.ok ? c.json(previewed.value) : refuse(c, previewed.failure);
    },
  );
