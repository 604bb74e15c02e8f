import type Stripe from "stripe";
import { secondsToMs } from "../stripe/values.ts";

/**
 * The fields of a checkout session that a decision about its order reads, as Stripe reports them.
 */
export interface SessionFacts {
  readonly stripeId: string;
  /** `open`, `complete` or `expired`; Stripe may add others. */
  readonly status: string | null;
  /** `paid`, `unpaid` or `no_payment_required`; anything else does not count as paid. */
  readonly paymentStatus: string;
  /** The subtotal before discounts and added taxes, which is compared with the order's amount. */
  readonly amountMinor: number | null;
  /** The total that is paid in the end, after discounts and with taxes. */
  readonly paidMinor: number | null;
  readonly currency: string | null;
  /** The order that it was made for, in both places where we write it. */
  readonly clientReferenceId: string | null;
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly paymentIntentId: string | null;
  /**
   * When the buyer paid, however long the money took to arrive; for a free order, when the session
   * was made. In ms.
   */
  readonly paidAtMs: number;
  /** Whether a delayed payment has ended without money. */
  readonly paymentFailed: boolean;
  /** The reason, in Stripe's words for the buyer. */
  readonly paymentError: string | null;
}

/** Returns the latest attempt to charge an intent, where it was expanded. */
export const chargeOf = (intent: Stripe.PaymentIntent | null): Stripe.Charge | null =>
  typeof intent?.latest_charge === "object" ? intent.latest_charge : null;

/** The `expand` parameter that `toSessionFacts` needs. */
export const SESSION_EXPAND = ["payment_intent.latest_charge.refunds"];

/** Reads a session that was retrieved with `SESSION_EXPAND`. */
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
    paidAtMs: secondsToMs(charge?.created ?? expanded?.created ?? session.created),
    paymentFailed:
      expanded?.status === "requires_payment_method" || expanded?.status === "canceled",
    paymentError: expanded?.last_payment_error?.message ?? null,
  };
}
