import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import { database } from "../../db.ts";
import { fail } from "../../errors.ts";
import { router } from "../../http/factory.ts";
import { idempotencyKey } from "../../http/idempotency-key.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { canView } from "../access/ownership.ts";
import { findSale, type SaleReference } from "./find-sale.ts";
import { refundSale } from "./refund-sale.ts";

const id = z.string().min(1).max(100);
const refundBody = z
  .strictObject({
    orderId: id.optional(),
    invoiceId: id.optional(),
    amountMinor: z.int().min(1).optional(),
    reason: z.string().trim().min(1).max(500).optional(),
  })
  .transform(({ orderId, invoiceId, ...params }, ctx) => {
    if ((orderId === undefined) === (invoiceId === undefined)) {
      ctx.addIssue({
        code: "custom",
        path: ["orderId"],
        message: "name either an order or an invoice",
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
  requireCaller("write"),
  limitPayments,
  validate("json", refundBody),
  async (c) => {
    const { sale, amountMinor, reason } = c.req.valid("json");
    const { caller } = c.var;
    const found = await findSale(database(c.env.DB), sale);
    if (found === undefined || !canView(caller, found.userId)) {
      const [param, saleId] =
        "orderId" in sale ? ["orderId", sale.orderId] : ["invoiceId", sale.invoiceId];
      return refuse(c, fail("not_found", `There is nothing sold as ${saleId}.`, { param }).failure);
    }
    const key = idempotencyKey(c.req.raw.headers);
    if (!key.ok) return refuse(c, key.failure);
    const byAdmin = caller.role === "admin";
    const refund = await refundSale(c.var.ctx, {
      sale,
      params: { amountMinor, byAdmin },
      reason,
      idempotencyKey: key.value,
    });
    if (!refund.ok) return refuse(c, refund.failure);
    const { id: refundId, amount, currency, status, created } = refund.value;
    const createdAt = new Date(created * 1000).toISOString();
    return c.json(
      {
        id: refundId,
        ...sale,
        amountMinor: amount,
        currency,
        status,
        reason: reason ?? null,
        createdAt,
      },
      201,
    );
  },
);
