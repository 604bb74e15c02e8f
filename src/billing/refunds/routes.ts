import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { idempotencyKey } from "../../http/idempotency-key.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { canView } from "../access/ownership.ts";
import { findSale, type SaleReference } from "./find-sale.ts";
import { refundSale } from "./refund-sale.ts";
import { showRefund } from "./show.ts";
import { refundView } from "./wire.ts";

const idField = boundedText(100).min(1);

/** A refund names its sale by one of two fields, which become one reference. */
const refundBody = z
  .strictObject({
    orderId: idField.optional(),
    invoiceId: idField.optional(),
    amountMinor: z.int().min(1).optional(),
    reason: boundedText(500).trim().min(1).optional(),
  })
  .transform(({ orderId, invoiceId, ...params }, ctx) => {
    if ((orderId === undefined) === (invoiceId === undefined)) {
      ctx.addIssue({
        code: "custom",
        path: ["orderId"],
        message: "send either orderId or invoiceId",
      });
      return z.NEVER;
    }
    const sale: SaleReference =
      orderId === undefined ? { invoiceId: invoiceId ?? "" } : { orderId };
    return { ...params, sale };
  });

/** `/api/payments/refunds` */
export const refundRoutes = router().post(
  "/",
  requireCaller("billing"),
  limitPayments,
  validate("json", refundBody),
  describeRoute(
    "Refunds an order or invoice, in full or in part, and deducts the credits it granted.",
    refundView,
    ["not_found", "not_refundable", "stripe_refused", "billing_unavailable"],
    { status: 201 },
  ),
  async (c) => {
    const { caller, ctx } = c.var;
    const { sale, amountMinor, reason } = c.req.valid("json");
    const found = await findSale(ctx.db, sale);
    if (found === undefined || !canView(caller, found.userId)) {
      const [param, saleId] =
        "orderId" in sale ? ["orderId", sale.orderId] : ["invoiceId", sale.invoiceId];
      const message = `There is no order or invoice ${saleId}.`;
      return refuse(c, { code: "not_found", message, param });
    }
    const key = idempotencyKey(c.req.raw.headers);
    if (!key.ok) return refuse(c, key.failure);
    const refund = await refundSale(ctx, {
      sale,
      params: { amountMinor, byAdmin: caller.role === "admin" },
      reason,
      idempotencyKey: key.value,
    });
    return refund.ok
      ? c.json(showRefund(refund.value, sale, reason), 201)
      : refuse(c, refund.failure);
  },
);
