import type Stripe from "stripe";

/** What Stripe says now about a checkout session: all that a decision about an order reads. */
export interface SessionFacts {
  readonly stripeId: string;
  /** `open`, `complete` or `expired`; Stripe may come to say others. */
  readonly status: string | null;
  /** `paid`, `unpaid` or `no_payment_required`; anything else is not taken for paid. */
  readonly paymentStatus: string;
  /**
   * What is sold, before discounts and taxes that are added: what an order's amount is compared
   * with.
   */
  readonly amountMinor: number | null;
  /** What is paid in the end, after discounts and with taxes. */
  readonly paidMinor: number | null;
  readonly currency: string | null;
  /** The order that it was made for, in both places where we wrote it. */
  readonly clientReferenceId: string | null;
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly paymentIntentId: string | null;
  /**
   * When the buyer paid, however long the money took to come; for what cost nothing, when the
   * session was made. In ms.
   */
  readonly paidAtMs: number;
  /** True when a delayed payment has ended without money. */
  readonly paymentFailed: boolean;
  /** Why, in Stripe's words for the buyer. */
  readonly paymentError: string | null;
}

/** The charge by which an intent was paid, or was last tried to be. */
export const chargeOf = (intent: Stripe.PaymentIntent | null): Stripe.Charge | null =>
  typeof intent?.latest_charge === "object" ? intent.latest_charge : null;

/** What has to be expanded in a session for `toSessionFacts` to read it. */
export const SESSION_EXPAND = ["payment_intent.latest_charge"];

/** Reads a session that was retrieved with `EXPANDED`. */
export function toSessionFacts(session: Stripe.Checkout.Session): SessionFacts {
  const intent = session.payment_intent;
  const expanded = typeof intent === "object" ? intent : null;
  const charge = chargeOf(expanded);
  return {
    stripeId: session.id,
    status: session.status,
    paymentStatus: session.payment_status,
    amountMinor: session.amount_subtotal,
    paidMinor: session.amount_total,
    currency: session.currency,
    clientReferenceId: session.client_reference_id,
    orderId: session.metadata?.["orderId"] ?? null,
    userId: session.metadata?.["userId"] ?? null,
    paymentIntentId: typeof intent === "string" ? intent : (expanded?.id ?? null),
    paidAtMs: (charge?.created ?? expanded?.created ?? session.created) * 1000,
    paymentFailed:
      expanded?.status === "requires_payment_method" || expanded?.status === "canceled",
    paymentError: expanded?.last_payment_error?.message ?? null,
  };
}
