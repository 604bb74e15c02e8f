import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Discount } from "../stripe/promotion-code.ts";
import type { ReturnUrls } from "../stripe/return-url.ts";
import { taxBehaviorOf } from "../stripe-catalog/desired-state.ts";
import type { CheckoutReference } from "./open-checkout-page.ts";
import type { Offer, OrderTerms } from "./order-terms.ts";

/** Where the page leads to, and what makes it cheaper. */
export interface SessionOptions extends ReturnUrls {
  readonly discounts: readonly Discount[];
}

/**
 * Builds the parameters by which Stripe calculates taxes, where the operator chose so. Taxes depend
 * on the customer's address, which our customers do not have before the page asks for it
 * (https://docs.stripe.com/tax/checkout#existing-customers).
 */
export const buildTaxParams = ({ STRIPE_AUTOMATIC_TAX }: Config) =>
  STRIPE_AUTOMATIC_TAX
    ? ({ automatic_tax: { enabled: true }, customer_update: { address: "auto" } } as const)
    : {};

/**
 * Builds the metadata that names an order at Stripe. Stripe does not copy a session's metadata to
 * its payment intent, so both get it.
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
 * Builds the parameters of a page for a one-time sale. They name the order wherever a handler of
 * Stripe's later events may look for it.
 */
export function buildSessionParams(
  config: Config,
  { orderId, userId, stripeCustomerId }: CheckoutReference,
  { terms, stripePriceId, unitAmountMinor, description }: Offer,
  { successUrl, cancelUrl, discounts }: SessionOptions,
): Stripe.Checkout.SessionCreateParams {
  const metadata = buildOrderMetadata(orderId, userId, terms);
  return {
    mode: "payment",
    // For a price in several currencies, Stripe would otherwise choose by the buyer's apparent
    // location.
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
                ...taxBehaviorOf(config),
                product_data: {
                  name: terms.title,
                  ...(description === undefined ? {} : { description }),
                },
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
