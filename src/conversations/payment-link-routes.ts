import { requireCaller } from "../auth/index.ts";
import { checkoutPageView, limitPayments } from "../billing/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { chatHistory } from "./history.ts";
import { createPaymentLink } from "./payment-link.ts";
import { paymentLinkRequest } from "./requests.ts";

/** `POST /api/payments/link`: a page on which one conversation is paid. */
export const paymentLinkRoutes = router().post(
  "/link",
  requireCaller("billing"),
  limitPayments,
  validate("json", paymentLinkRequest),
  describeRoute("Creates a checkout page for unlocking one conversation.", checkoutPageView, [
    "not_found",
    "conflict",
    "already_purchased",
    "purchase_limit_exceeded",
    "stripe_refused",
    "billing_unavailable",
  ]),
  async (c) => {
    const { ctx, caller } = c.var;
    const params = c.req.valid("json");
    const found = await chatHistory(ctx.env, caller.userId).conversation(params.conversationId);
    const page = found.ok ? await createPaymentLink(ctx, caller.userId, params) : found;
    return page.ok ? c.json(page.value) : refuse(c, page.failure);
  },
);
