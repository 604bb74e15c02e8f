import type Stripe from "stripe";
import type { Offer } from "./order-terms.ts";

/** Where the buyer's browser goes after paying, or after giving up. */
export interface ReturnUrls {
  readonly successUrl: string;
  readonly cancelUrl: string;
}

interface Sale extends ReturnUrls {
  readonly orderId: string;
  readonly userId: string;
  readonly stripeCustomerId: string;
  readonly offer: Offer;
}

/** What Stripe is asked to sell. The order is named wherever Stripe's later events could look for it. */
export function sessionParams(sale: Sale): Stripe.Checkout.SessionCreateParams {
  const { terms, stripePriceId, unitAmountMinor } = sale.offer;
  // Stripe does not copy a session's metadata to what it makes.
  const metadata = { orderId: sale.orderId, userId: sale.userId, planId: terms.planId };
  return {
    mode: "payment",
    // Of a price in several currencies Stripe would otherwise choose by where the buyer seems to be.
    currency: terms.currency,
    customer: sale.stripeCustomerId,
    client_reference_id: sale.orderId,
    metadata,
    payment_intent_data: { metadata },
    line_items: [
      {
        quantity: terms.quantity,
        ...(stripePriceId === null
          ? { price_data: { currency: terms.currency, unit_amount: unitAmountMinor, product_data: { name: terms.title } } }
          : { price: stripePriceId }),
      },
    ],
    success_url: sale.successUrl,
    cancel_url: sale.cancelUrl,
  };
}
