import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import { list } from "../../http/answer-fields.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { pageQuery } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitDeclines } from "../access/limit-declines.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { resolveUser } from "../access/resolve-user.ts";
import {
  addPaymentMethod,
  fetchPaymentMethods,
  removePaymentMethod,
  setDefaultPaymentMethod,
} from "./payment-methods.ts";
import { showPaymentMethod, showStripePage } from "./show.ts";
import { paymentMethodView, removedView } from "./wire.ts";

/** The id of a payment method at Stripe, or of an older kind of source that pays as one. */
const methodId = boundedText(205).regex(
  /^(pm|card|src|ba)_\w{1,200}$/,
  "must be a payment method ID",
);
const addBody = z.strictObject({
  paymentMethodId: methodId,
  setDefault: z.boolean().default(false),
});
const listQuery = pageQuery.extend({ cursor: methodId.optional() });
const methodParams = z.object({ userId: boundedText(100), pmId: methodId });

/** `/api/payments/customers/:userId/payment-methods` */
export const paymentMethodRoutes = router()
  .get(
    "/:userId/payment-methods",
    requireCaller("read"),
    limitPayments,
    validate("query", listQuery),
    describeRoute("Lists a user's saved payment methods, newest first.", list(paymentMethodView), [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const listed = await fetchPaymentMethods(ctx, user.value.id, c.req.valid("query"));
      if (!listed.ok) return refuse(c, listed.failure);
      const { page, defaultId } = listed.value;
      return c.json(
        showStripePage(page, (methods) =>
          methods.map((method) => showPaymentMethod(method, defaultId)),
        ),
      );
    },
  )
  .post(
    "/:userId/payment-methods",
    requireCaller("billing"),
    limitPayments,
    limitDeclines,
    validate("json", addBody),
    describeRoute(
      "Saves a payment method for a user, optionally as the default.",
      paymentMethodView,
      ["not_found", "card_declined", "stripe_refused", "billing_unavailable"],
      { status: 201 },
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const user = await resolveUser(ctx.db, caller, c.req.param("userId"));
      if (!user.ok) return refuse(c, user.failure);
      const { paymentMethodId, setDefault } = c.req.valid("json");
      const added = await addPaymentMethod(ctx, user.value, paymentMethodId);
      if (!added.ok) return refuse(c, added.failure);
      const { id } = added.value;
      const method = setDefault ? await setDefaultPaymentMethod(ctx, user.value.id, id) : added;
      if (!method.ok) return refuse(c, method.failure);
      return c.json(showPaymentMethod(added.value, setDefault ? id : null), 201);
    },
  )
  .post(
    "/:userId/payment-methods/:pmId/default",
    requireCaller("billing"),
    limitPayments,
    validate("param", methodParams),
    describeRoute("Makes a saved payment method the default.", paymentMethodView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const { userId, pmId } = c.req.valid("param");
      const user = await resolveUser(ctx.db, caller, userId);
      if (!user.ok) return refuse(c, user.failure);
      const method = await setDefaultPaymentMethod(ctx, user.value.id, pmId);
      return method.ok ? c.json(showPaymentMethod(method.value, pmId)) : refuse(c, method.failure);
    },
  )
  .delete(
    "/:userId/payment-methods/:pmId",
    requireCaller("billing"),
    limitPayments,
    validate("param", methodParams),
    describeRoute("Removes a saved payment method.", removedView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const { userId, pmId } = c.req.valid("param");
      const user = await resolveUser(ctx.db, caller, userId);
      if (!user.ok) return refuse(c, user.failure);
      const removed = await removePaymentMethod(ctx, user.value.id, pmId);
      return removed.ok ? c.json({ success: true } as const) : refuse(c, removed.failure);
    },
  );
