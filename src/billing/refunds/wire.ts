import { z } from "zod";
import { currency, minor, named, time } from "../../http/answer-fields.ts";

const text = z.string().nullable();

/** A refund of an order or an invoice. `status` is Stripe's. */
export const refundView = named("Refund", {
  id: z.string(),
  orderId: z.string().optional(),
  invoiceId: z.string().optional(),
  amountMinor: minor,
  currency,
  status: text,
  reason: text,
  createdAt: time,
});
export type RefundView = z.infer<typeof refundView>;
