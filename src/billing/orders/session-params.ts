import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Discount } from "../stripe/promotion-code.ts";
import type { ReturnUrls } from "../stripe/return-url.ts";
import type { CheckoutReference } from "./open-checkout-page.ts";
import type { Offer, OrderTerms } from "./order-terms.ts";

interface SessionOptions extends ReturnUrls {
  readonly discounts: readonly Discount[];
}

/**
 * The operator's choice that Stripe works out taxes. They go by the customer's address, which a
 * customer of ours does not have before the page asks for it
 * (https://docs.stripe.com/tax/checkout#existing-customers).
 */
export const buildTaxParams = ({ STRIPE_AUTOMATIC_TAX }: Pick<Config, "STRIPE_AUTOMATIC_TAX">) =>
  STRIPE_AUTOMATIC_TAX
    ? ({ automatic_tax: { enabled: true }, customer_update: { address: "auto" } } as const)
    : {};

/**
 * How what Stripe makes for an order names it. Stripe does not copy a session's metadata to its
 * payment intent: it is given to both.
 */
export const buildOrderMetadata = (
  orderId: string,
  userId: string,
  { kind, planId, subjectId }: Pick<OrderTerms, "kind" | "planId" | "subjectId">,
) => ({
  orderId,
  userId,
  kind,
  ...(planId === null ? {} : { planId }),
  ...(subjectId == null ? {} : { subjectId }),
});

/**
 * What Stripe is asked to sell once. The order is named wherever Stripe's later events could look
 * for it.
 */
export function buildSessionParams(
  config: Pick<Config, "STRIPE_AUTOMATIC_TAX">,
  { orderId, userId, stripeCustomerId }: CheckoutReference,
  { terms, stripePriceId, unitAmountMinor }: Offer,
  { successUrl, cancelUrl, discounts }: SessionOptions,
): Stripe.Checkout.SessionCreateParams {
  const metadata = buildOrderMetadata(orderId, userId, terms);
  return {
    mode: "payment",
    // Of a price in several currencies Stripe would otherwise choose by where the buyer seems to
    // be.
    currency: terms.currency,
    customer: stripeCustomerId,
    client_reference_id: orderId,
    metadata,
    payment_intent_data: { metadata },
    line_items: [
      {
        quantity: terms.quantity,
        ...(stripePriceId === null
          ? {
              price_data: {
                currency: terms.currency,
                unit_amount: unitAmountMinor,
                product_data: { name: terms.title },
              },
            }
          : { price: stripePriceId }),
      },
    ],
    ...(discounts.length === 0 ? {} : { discounts: [...discounts] }),
    ...buildTaxParams(config),
    success_url: successUrl,
    cancel_url: cancelUrl,
  };
}
