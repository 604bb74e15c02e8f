import type Stripe from "stripe";

/** What Stripe says now about a checkout session: all that a decision about an order reads. */
export interface SessionFacts {
  readonly stripeId: string;
  /** `open`, `complete` or `expired`; Stripe may come to say others. */
  readonly status: string | null;
  /** `paid`, `unpaid` or `no_payment_required`; anything else is not taken for paid. */
  readonly paymentStatus: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** The order that it was made for, in both places where we wrote it. */
  readonly clientReferenceId: string | null;
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly paymentIntentId: string | null;
  /** True when a delayed payment has ended without money. */
  readonly paymentFailed: boolean;
  /** Why, in Stripe's words for the buyer. */
  readonly paymentError: string | null;
}

/** Reads a session retrieved with `expand: ["payment_intent"]`. */
export function factsOf(session: Stripe.Checkout.Session): SessionFacts {
  const intent = session.payment_intent;
  const expanded = typeof intent === "object" ? intent : null;
  return {
    stripeId: session.id,
    status: session.status,
    paymentStatus: session.payment_status,
    amountMinor: session.amount_total,
    currency: session.currency,
    clientReferenceId: session.client_reference_id,
    orderId: session.metadata?.["orderId"] ?? null,
    userId: session.metadata?.["userId"] ?? null,
    paymentIntentId: typeof intent === "string" ? intent : (expanded?.id ?? null),
    paymentFailed: expanded?.status === "requires_payment_method" || expanded?.status === "canceled",
    paymentError: expanded?.last_payment_error?.message ?? null,
  };
}
