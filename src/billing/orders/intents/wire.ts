import { z } from "zod";
import { currency, minor, named } from "../../../http/answer-fields.ts";

const text = z.string().nullable();

/** A payment intent as the wire shows it. */
export const paymentIntentView = named("PaymentIntent", {
  id: z.string(),
  orderId: z.string(),
  clientSecret: text.describe("Shown only to the buyer."),
  publishableKey: text,
  amountMinor: minor,
  currency,
  status: z.string(),
  nextAction: z.strictObject({ type: z.string(), redirectUrl: text }).nullable(),
});
export type PaymentIntentView = z.infer<typeof paymentIntentView>;
