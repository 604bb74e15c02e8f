import { z } from "zod";
import { credits, currency, minor, named, time } from "../../http/answer-fields.ts";

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

/** The money and credits that a full refund of a sale would move. */
export const refundPreviewView = named("RefundPreview", {
  currency,
  paidMinor: minor,
  refundedMinor: minor,
  refundableMinor: minor.describe("The most that an admin may refund."),
  refusal: text.describe("Why nothing can be refunded."),
  disputed: z.boolean(),
  credits: z.strictObject({
    granted: credits,
    taken: credits.describe("Already deducted."),
    left: credits.describe("Not spent yet."),
    toTake: credits.describe("Deducted if all that is left is refunded."),
    toOwe: credits.describe("Of these, what was spent: the user then owes it."),
  }),
});
export type RefundPreviewView = z.infer<typeof refundPreviewView>;
