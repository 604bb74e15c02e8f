import { z } from "zod";
import { named } from "../../http/answer-fields.ts";

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
export type CheckoutPageView = z.infer<typeof checkoutPageView>;
