import type Stripe from "stripe";
import type { Config } from "../../../config.ts";
import type { PaymentIntentView } from "./wire.ts";

/** Shows what the payer has to do next, if anything: as a rule, to go to their bank's page. */
const showNextAction = (
  action: Stripe.PaymentIntent.NextAction | null,
): PaymentIntentView["nextAction"] =>
  action === null ? null : { type: action.type, redirectUrl: action.redirect_to_url?.url ?? null };

/**
 * Shows a payment intent. The secret lets its holder pay and see the result, so only the buyer gets
 * it.
 */
export const showIntent = (
  config: Config,
  orderId: string,
  intent: Stripe.PaymentIntent,
  isBuyer: boolean,
): PaymentIntentView => ({
  id: intent.id,
  orderId,
  clientSecret: isBuyer ? intent.client_secret : null,
  publishableKey: config.STRIPE_PUBLISHABLE_KEY ?? null,
  amountMinor: intent.amount,
  currency: intent.currency,
  status: intent.status,
  nextAction: showNextAction(intent.next_action),
});
