import { z } from "zod";
import { type Caller, requireCaller } from "../../../auth/index.ts";
import type { Database } from "../../../db.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { boundedText } from "../../../http/bounded.ts";
import { describeRoute } from "../../../http/describe-route.ts";
import { router } from "../../../http/factory.ts";
import {
  currencyCodeField,
  paymentMethodIdField,
  planIdField,
  quantityField,
} from "../../../http/fields.ts";
import { refuse } from "../../../http/respond.ts";
import { validate } from "../../../http/validate.ts";
import { isLastTry, limitDeclines } from "../../access/limit-declines.ts";
import { limitPayments } from "../../access/limit-payments.ts";
import { canView } from "../../access/ownership.ts";
import { allowedOrigins, buildReturnUrl } from "../../stripe/return-url.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { findOrderByIntent, type Order } from "../store.ts";
import { confirmPayment } from "./confirm-payment.ts";
import { showIntent } from "./show.ts";
import { startPayment } from "./start-payment.ts";
import { paymentIntentView } from "./wire.ts";

const paymentBody = z
  .strictObject({
    orderId: boundedText(100).min(1).optional(),
    planId: planIdField.optional(),
    currency: currencyCodeField.optional(),
    quantity: quantityField.optional(),
  })
  .transform(({ orderId, planId, quantity, ...params }, ctx) => {
    const isOrder =
      orderId !== undefined &&
      planId === undefined &&
      quantity === undefined &&
      params.currency === undefined;
    if (isOrder) return { orderId };
    if (orderId === undefined && planId !== undefined)
      return { ...params, planId, quantity: quantity ?? 1 };
    ctx.addIssue({
      code: "custom",
      path: ["orderId"],
      message: "send either orderId, or planId to create an order",
    });
    return z.NEVER;
  });
const confirmBody = z.strictObject({
  paymentMethodId: paymentMethodIdField,
  returnUrl: boundedText(2000).optional(),
});

/** Finds the order that an intent pays for, for its buyer or an admin (I10). */
async function findViewableOrderOfIntent(
  db: Database,
  caller: Caller,
  intentId: string,
): Promise<Result<Order>> {
  const order = await findOrderByIntent(db, intentId);
  if (order !== undefined && canView(caller, order.userId)) return ok(order);
  return fail("not_found", `There is no payment intent ${intentId}.`);
}

/** `/api/payments/payment-intents` */
export const intentRoutes = router()
  .post(
    "/",
    requireCaller("billing"),
    limitPayments,
    validate("json", paymentBody),
    describeRoute(
      "Creates a payment intent for an order, to pay without Stripe's checkout page.",
      paymentIntentView,
      [
        "not_found",
        "invalid_request",
        "already_purchased",
        "conflict",
        "purchase_limit_exceeded",
        "stripe_refused",
        "billing_unavailable",
      ],
      { status: 201 },
    ),
    async (c) => {
      const { caller, ctx } = c.var;
      const started = await startPayment(ctx, { caller, params: c.req.valid("json") });
      if (!started.ok) return refuse(c, started.failure);
      const { order, intent } = started.value;
      const isBuyer = order.userId === caller.userId;
      return c.json(showIntent(ctx.config, order.id, intent, isBuyer), 201);
    },
  )
  .get(
    "/:id",
    requireCaller("read"),
    limitPayments,
    describeRoute("Returns a payment intent.", paymentIntentView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { caller, ctx } = c.var;
      const intentId = c.req.param("id");
      const order = await findViewableOrderOfIntent(ctx.db, caller, intentId);
      if (!order.ok) return refuse(c, order.failure);
      const intent = await callStripe(ctx.config, (stripe) =>
        stripe.paymentIntents.retrieve(intentId),
      );
      if (!intent.ok) return refuse(c, intent.failure);
      const isBuyer = order.value.userId === caller.userId;
      return c.json(showIntent(ctx.config, order.value.id, intent.value, isBuyer));
    },
  )
  .post(
    "/:id/confirm",
    requireCaller("billing"),
    limitPayments,
    limitDeclines,
    validate("json", confirmBody),
    describeRoute("Confirms a payment intent with a payment method.", paymentIntentView, [
      "not_found",
      "invalid_request",
      "already_purchased",
      "conflict",
      "purchase_limit_exceeded",
      "card_declined",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { caller, ctx } = c.var;
      const { config } = ctx;
      const intentId = c.req.param("id");
      const order = await findViewableOrderOfIntent(ctx.db, caller, intentId);
      if (!order.ok) return refuse(c, order.failure);
      const body = c.req.valid("json");
      const url = body.returnUrl ?? `${config.PUBLIC_URL}/success`;
      const returnUrl = buildReturnUrl({ field: "returnUrl", url }, allowedOrigins(config));
      if (!returnUrl.ok) return refuse(c, returnUrl.failure);
      const intent = await confirmPayment(ctx, {
        order: order.value,
        intentId,
        paymentMethodId: body.paymentMethodId,
        returnUrl: returnUrl.value,
        isLastTry: isLastTry(c),
      });
      if (!intent.ok) return refuse(c, intent.failure);
      const isBuyer = order.value.userId === caller.userId;
      return c.json(showIntent(config, order.value.id, intent.value, isBuyer));
    },
  );
