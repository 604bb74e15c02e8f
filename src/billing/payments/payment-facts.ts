import type { Reversals } from "./payment-state.ts";

/** The money that came for an order, as Stripe reports it now. */
export interface PaymentFacts {
  /** Null when nothing had to be paid. */
  readonly paymentIntentId: string | null;
  /** The page it was paid on; null when it was paid by an intent of its own. */
  readonly stripeSessionId: string | null;
  readonly paidMinor: number;
  /** When the buyer paid, by Stripe's clock, in ms. */
  readonly paidAtMs: number;
  readonly reversals: Reversals;
}
