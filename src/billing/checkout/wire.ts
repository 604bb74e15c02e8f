import { z } from "zod";
import { count, minor, named } from "../../http/answer-fields.ts";

const text = z.string().nullable();

/**
 * The page to send the buyer to, with the id of Stripe's page or subscription. `stripeSessionId` is
 * the id of our checkout session; null for a page that changes a subscription, where nothing new is
 * sold.
 */
export const checkoutPageView = named("CheckoutPage", {
  url: z.string(),
  sessionId: text,
  stripeSessionId: text,
});
/** The most that a promotion code takes off. */
export const promotionCodeView = named("PromotionCode", {
  code: z.string(),
  percentOff: z.number().nullable(),
  amountOffMinor: minor.nullable(),
  currency: text.describe("Of `amountOffMinor`."),
  duration: z
    .string()
    .describe("Stripe's: `once`, `repeating` or `forever` says which payments it lowers."),
  durationInMonths: count.nullable().describe("Of a repeating one."),
  minimumAmountMinor: minor.nullable(),
  minimumCurrency: text,
  firstPurchaseOnly: z.boolean(),
});
export type PromotionCodeView = z.infer<typeof promotionCodeView>;
export type CheckoutPageView = z.infer<typeof checkoutPageView>;
