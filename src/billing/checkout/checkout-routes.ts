import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import {
  checkoutLocaleField,
  currencyCodeField,
  intervalField,
  planIdField,
  quantityField,
} from "../../http/fields.ts";
import { refuse } from "../../http/respond.ts";
import { lineField } from "../../http/text.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { checkout } from "./checkout.ts";
import { showPromotionCode } from "./show-promotion-code.ts";
import { checkoutPageView, promotionCodeView } from "./wire.ts";

const checkoutBody = z.strictObject({
  planId: planIdField,
  interval: intervalField.optional(),
  currency: currencyCodeField.optional(),
  quantity: quantityField.default(1),
  promotionCode: lineField(100).optional(),
  successUrl: boundedText(2000).optional(),
  cancelUrl: boundedText(2000).optional(),
  locale: checkoutLocaleField.optional(),
});

const promotionCodeBody = z.strictObject({ promotionCode: lineField(100) });

/** `/api/checkout` */
export const checkoutRoutes = router()
  .post(
    "/promotion-code",
    requireCaller("billing"),
    limitPayments,
    validate("json", promotionCodeBody),
    describeRoute("Shows what a promotion code gives.", promotionCodeView, ["billing_unavailable"]),
    async (c) => {
      const { promotionCode } = c.req.valid("json");
      const shown = await showPromotionCode(c.var.ctx, c.var.caller.userId, promotionCode);
      return shown.ok ? c.json(shown.value) : refuse(c, shown.failure);
    },
  )
  .post(
    "/",
    requireCaller("billing"),
    limitPayments,
    validate("json", checkoutBody),
    describeRoute(
      "Creates a Stripe checkout page for a plan, pack or subscription. Send the buyer to " +
        "`url`.",
      checkoutPageView,
      [
        "not_found",
        "already_purchased",
        "conflict",
        "purchase_limit_exceeded",
        "card_declined",
        "stripe_refused",
        "billing_unavailable",
      ],
    ),
    async (c) => {
      const opened = await checkout(c.var.ctx, c.var.caller.userId, c.req.valid("json"));
      return opened.ok ? c.json(opened.value) : refuse(c, opened.failure);
    },
  );
