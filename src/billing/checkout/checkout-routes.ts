import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import type { Interval } from "../../catalog/index.ts";
import { router } from "../../http/factory.ts";
import { refuse } from "../../http/respond.ts";
import { lineField } from "../../http/text.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { checkout } from "./checkout.ts";

const INTERVALS = ["day", "week", "month", "year"] as const satisfies readonly Interval[];

const checkoutBody = z.strictObject({
  planId: z.string().min(1).max(100),
  interval: z.enum(INTERVALS).optional(),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/, "must be a three-letter currency code")
    .toLowerCase()
    .optional(),
  quantity: z.int().min(1).max(100).default(1),
  promotionCode: lineField(100).optional(),
  successUrl: z.string().max(2000).optional(),
  cancelUrl: z.string().max(2000).optional(),
});

/** `/api/checkout` */
export const checkoutRoutes = router().post(
  "/",
  requireCaller("write"),
  limitPayments,
  validate("json", checkoutBody),
  async (c) => {
    const created = await checkout(c.var.ctx, c.var.caller.userId, c.req.valid("json"));
    return created.ok ? c.json(created.value) : refuse(c, created.failure);
  },
);
