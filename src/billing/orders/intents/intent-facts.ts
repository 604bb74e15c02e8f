import type Stripe from "stripe";
import { secondsToMs } from "../../stripe/values.ts";
import { chargeOf } from "../session-facts.ts";

/** The fields of a payment intent that a decision about its order reads, as Stripe reports them. */
export interface IntentFacts {
  readonly id: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly receivedMinor: number;
  readonly currency: string;
  /** The order that the intent was made for, and its buyer, from the metadata that we wrote. */
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly paidAtMs: number;
}

/** The `expand` parameter that `toIntentFacts` needs. */
export const INTENT_EXPAND = ["latest_charge.refunds"];

/** Reads an intent that was retrieved with `INTENT_EXPAND`. */
export const toIntentFacts = (intent: Stripe.PaymentIntent): IntentFacts => ({
  id: intent.id,
  status: intent.status,
  amountMinor: intent.amount,
  receivedMinor: intent.amount_received,
  currency: intent.currency,
  orderId: intent.metadata["orderId"] ?? null,
  userId: intent.metadata["userId"] ?? null,
  paidAtMs: secondsToMs(chargeOf(intent)?.created ?? intent.created),
});
