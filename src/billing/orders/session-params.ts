import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { taxBehaviorOf } from "../stripe-catalog/desired-state.ts";
import type { CheckoutReference } from "./open-checkout-page.ts";
import type { Offer, OrderTerms } from "./order-terms.ts";
import { buildPageParams, type PageOptions } from "./page-params.ts";

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

const buildStatementParams = ({ STRIPE_STATEMENT_SUFFIX: suffix }: Config) =>
  suffix === "" ? {} : { statement_descriptor_suffix: suffix };

/**
 * Builds the parameters by which Stripe creates an invoice once the sale is paid. Subscriptions
 * have invoices without them. The metadata leads from the invoice's events to the order.
 */
function buildInvoiceParams(
  { STRIPE_INVOICES: isOn, STRIPE_INVOICE_FOOTER: footer }: Config,
  sale: { orderId: string; description: string; metadata: Record<string, string> },
): Pick<Stripe.Checkout.SessionCreateParams, "invoice_creation"> {
  if (!isOn) return {};
  const invoice_data = {
    description: sale.description,
    metadata: sale.metadata,
    custom_fields: [{ name: "Order", value: sale.orderId }],
    ...(footer === "" ? {} : { footer }),
  };
  return { invoice_creation: { enabled: true, invoice_data } };
}

/**
 * Builds the parameters of a page for a one-time sale. They name the order wherever a handler of
 * Stripe's later events may look for it.
 */
export function buildSessionParams(
  config: Config,
  { orderId, userId, stripeCustomerId }: CheckoutReference,
  { terms, stripePriceId, unitAmountMinor, description }: Offer,
  options: PageOptions,
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
    payment_intent_data: {
      metadata,
      // The receipt of a sale without an invoice shows it.
      description: terms.title,
      ...buildStatementParams(config),
    },
    ...buildInvoiceParams(config, { orderId, description: terms.title, metadata }),
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
    ...buildPageParams(config, options),
  };
}
