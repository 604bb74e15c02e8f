import type Stripe from "stripe";
import { chargeOf } from "../session-facts.ts";

/** What Stripe says now about a payment intent: all that a decision about its order reads. */
export interface IntentFacts {
  readonly id: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly receivedMinor: number;
  readonly currency: string;
  /** The order that it was made for, and its buyer, where we wrote it. */
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly paidAtMs: number;
}

/** What has to be expanded in an intent for `toIntentFacts` to read it. */
export const INTENT_EXPAND = ["latest_charge"];

/** Reads an intent that was retrieved with `INTENT_EXPAND`. */
export const toIntentFacts = (intent: Stripe.PaymentIntent): IntentFacts => ({
  id: intent.id,
  status: intent.status,
  amountMinor: intent.amount,
  receivedMinor: intent.amount_received,
  currency: intent.currency,
  orderId: intent.metadata["orderId"] ?? null,
  userId: intent.metadata["userId"] ?? null,
  paidAtMs: (chargeOf(intent)?.created ?? intent.created) * 1000,
});
