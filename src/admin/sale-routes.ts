import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { disputeView, listDisputes } from "../billing/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { loadInvoiceDetails, loadSubscriptionDetails } from "./sale-details.ts";
import { invoiceDetailsView, subscriptionDetailsView } from "./wire.ts";

/** `/api/admin/invoices`: the invoices of subscriptions. */
export const adminInvoiceRoutes = new Hono<AuthEnv>().get(
  "/:id",
  describeRoute(
    "Returns a subscription's invoice, with the credits that a refund removes.",
    invoiceDetailsView,
    ["not_found", "billing_unavailable"],
  ),
  async (c) => {
    const id = c.req.param("id");
    const invoice = await loadInvoiceDetails(c.var.ctx, id);
    return invoice === undefined
      ? refuse(c, { code: "not_found", message: `There is no invoice ${id}.` })
      : c.json(invoice);
  },
);

/** `/api/admin/subscriptions` */
export const adminSubscriptionRoutes = new Hono<AuthEnv>().get(
  "/:id",
  describeRoute("Returns a subscription with its invoices.", subscriptionDetailsView, [
    "not_found",
  ]),
  async (c) => {
    const id = c.req.param("id");
    const subscription = await loadSubscriptionDetails(c.var.ctx, id);
    return subscription === undefined
      ? refuse(c, { code: "not_found", message: `There is no subscription ${id}.` })
      : c.json(subscription);
  },
);

const disputeQuery = z.strictObject({
  paymentIntentId: boundedText(255)
    .regex(/^pi_\w+$/, "must be a Stripe payment intent, which starts with pi_")
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});

/** `/api/admin/disputes` */
export const adminDisputeRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", disputeQuery),
  describeRoute("Lists disputes as Stripe has them now, newest first.", list(disputeView), [
    "stripe_refused",
    "billing_unavailable",
  ]),
  async (c) => {
    const { paymentIntentId, limit } = c.req.valid("query");
    const disputes = await listDisputes(c.var.ctx.config, { paymentIntentId, limit });
    if (!disputes.ok) return refuse(c, disputes.failure);
    const data = [...disputes.value];
    return c.json({ object: "list" as const, data, hasMore: false, nextCursor: null });
  },
);
