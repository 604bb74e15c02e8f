import type Stripe from "stripe";
import type { Config } from "../../../config.ts";

/** What whoever pays has to do next, if anything: as a rule, to go to their bank's page. */
const showNextAction = (action: Stripe.PaymentIntent.NextAction | null) =>
  action === null ? null : { type: action.type, redirectUrl: action.redirect_to_url?.url ?? null };

/**
 * A payment intent as the wire shows it. The secret lets its holder pay, and see how it went: it is
 * for the buyer.
 * @param isBuyers whether it is the buyer who looks
 */
export const showIntent = (
  config: Config,
  orderId: string,
  intent: Stripe.PaymentIntent,
  isBuyer: boolean,
) => ({
  id: intent.id,
  orderId,
  clientSecret: isBuyer ? intent.client_secret : null,
  publishableKey: config.STRIPE_PUBLISHABLE_KEY ?? null,
  amountMinor: intent.amount,
  currency: intent.currency,
  status: intent.status,
  nextAction: showNextAction(intent.next_action),
});
