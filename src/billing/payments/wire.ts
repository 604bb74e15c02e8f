import { z } from "zod";
import { currency, minor, named, time } from "../../http/answer-fields.ts";

/** A dispute as Stripe has it. `reason` and `status` are Stripe's. */
export const disputeView = named("Dispute", {
  id: z.string(),
  paymentIntentId: z.string().nullable(),
  amountMinor: minor,
  currency,
  reason: z.string(),
  status: z.string(),
  evidenceDueAt: time.nullable(),
  hasEvidence: z.boolean(),
  isPastDue: z.boolean(),
  createdAt: time,
});
export type DisputeView = z.infer<typeof disputeView>;
