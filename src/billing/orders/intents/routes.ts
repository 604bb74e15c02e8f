import { z } from "zod";
import { type Caller, requireCaller } from "../../../auth/index.ts";
import { type Database, database } from "../../../db.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { router } from "../../../http/factory.ts";
import { refuse } from "../../../http/respond.ts";
import { validate } from "../../../http/validate.ts";
import { limitPayments } from "../../access/limit-payments.ts";
import { canView } from "../../access/ownership.ts";
import { buildReturnUrl } from "../../stripe/return-url.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { findOrderByIntent, type Order } from "../store.ts";
import { confirmPayment } from "./confirm-payment.ts";
import { showIntent } from "./show.ts";
import { startPayment } from "./start-payment.ts";

const id = z.string().min(1).max(100);
const currency = z
  .string()
  .regex(/^[A-Za-z]{3}$/, "must be a three-letter currency code")
  .toLowerCase();
const paymentBody = z
  .strictObject({
    orderId: id.optional(),
    planId: id.optional(),
    currency: currency.optional(),
    quantity: z.int().min(1).max(100).optional(),
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
      message: "name an order alone, or a plan to make one for",
    });
    return z.NEVER;
  });
const confirmBody = z.strictObject({
  paymentMethodId: z
    .string()
    .max(255)
    .regex(/^pm_\w+$/, "is not a payment method of Stripe's, which begins with pm_"),
  returnUrl: z.string().max(2000).optional(),
});

/** The order that is paid by an intent, for its buyer or an admin (I10). */
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
  .post("/", requireCaller("write"), limitPayments, validate("json", paymentBody), async (c) => {
    const { caller, ctx } = c.var;
    const { config } = ctx;
    const started = await startPayment(c.var.ctx, { caller, params: c.req.valid("json") });
    if (!started.ok) return refuse(c, started.failure);
    const { order, intent } = started.value;
    return c.json(showIntent(config, order.id, intent, order.userId === caller.userId), 201);
  })
  .get("/:id", requireCaller("read"), limitPayments, async (c) => {
    const { caller, ctx } = c.var;
    const { config } = ctx;
    const intentId = c.req.param("id");
    const order = await findViewableOrderOfIntent(database(c.env.DB), caller, intentId);
    if (!order.ok) return refuse(c, order.failure);
    const intent = await callStripe(config, (stripe) => stripe.paymentIntents.retrieve(intentId));
    if (!intent.ok) return refuse(c, intent.failure);
    return c.json(
      showIntent(config, order.value.id, intent.value, order.value.userId === caller.userId),
    );
  })
  .post(
    "/:id/confirm",
    requireCaller("write"),
    limitPayments,
    validate("json", confirmBody),
    async (c) => {
      const { caller, ctx } = c.var;
      const { config } = ctx;
      const intentId = c.req.param("id");
      const order = await findViewableOrderOfIntent(database(c.env.DB), caller, intentId);
      if (!order.ok) return refuse(c, order.failure);
      const { paymentMethodId, returnUrl: requestedUrl = `${config.PUBLIC_URL}/success` } =
        c.req.valid("json");
      const checkedUrl = buildReturnUrl({ field: "returnUrl", url: requestedUrl }, [
        config.PUBLIC_URL,
        ...config.ALLOWED_ORIGINS,
      ]);
      if (!checkedUrl.ok) return refuse(c, checkedUrl.failure);
      const confirmation = {
        order: order.value,
        intentId,
        paymentMethodId,
        returnUrl: checkedUrl.value,
      };
      const intent = await confirmPayment(c.var.ctx, confirmation);
      if (!intent.ok) return refuse(c, intent.failure);
      return c.json(
        showIntent(config, order.value.id, intent.value, order.value.userId === caller.userId),
      );
    },
  );
