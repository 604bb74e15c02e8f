import type Stripe from "stripe";
import { idOf, idOrNull, secondsToMs, secondsToMsOrNull } from "../../stripe/values.ts";
import { SUBSCRIPTION_STATUSES } from "../../tables.ts";
import type { Subscription } from "../store.ts";

/** The name in a subscription's metadata under which a suspension leaves its mark. */
export const SUSPENSION_MARK = "suspension";

/**
 * The state of a subscription at Stripe: the fields that are stored, and its owner. Times in ms.
 */
export interface SubscriptionFacts {
  readonly id: string;
  readonly stripeCustomerId: string;
  /** The two ids that we wrote into its metadata when it was created. */
  readonly userId: string | null;
  readonly orderId: string | null;
  /** Whether Stripe voids its invoices, or keeps them back (`pause_collection`). */
  readonly isCollectionPaused: boolean;
  /** Our mark of a suspension in its metadata: see `follow-suspension.ts`. */
  readonly suspensionMark: string | null;
  readonly status: Subscription["status"];
  /** Its prices: the plan's, and possibly one for usage past an allowance. */
  readonly items: readonly SubscriptionItem[];
  /** The invoice of a change that Stripe makes once it is paid. */
  readonly pendingInvoiceId: string | null;
  readonly currency: string;
  readonly trialEnd: number | null;
  /** The payment method of its own; null where the customer's pays. */
  readonly paymentMethodId: string | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAt: number | null;
  readonly canceledAt: number | null;
  readonly endedAt: number | null;
  /** The reason for which it was canceled; null where it was not, or Stripe does not say. */
  readonly endReason: string | null;
  readonly createdAt: number;
}

interface SubscriptionItem {
  readonly id: string;
  readonly stripePriceId: string;
  readonly quantity: number;
  readonly periodStart: number;
  readonly periodEnd: number;
}

/**
 * Converts a subscription.
 * @throws for a status of Stripe's that is not known here: it must not be taken for any other
 */
export function toSubscriptionFacts(subscription: Stripe.Subscription): SubscriptionFacts {
  const status = SUBSCRIPTION_STATUSES.find((known) => known === subscription.status);
  if (status === undefined)
    throw new Error(
      `subscription ${subscription.id} has the unknown status ${subscription.status}`,
    );
  return {
    id: subscription.id,
    stripeCustomerId: idOf(subscription.customer),
    userId: subscription.metadata["userId"] ?? null,
    orderId: subscription.metadata["orderId"] ?? null,
    isCollectionPaused: subscription.pause_collection !== null,
    suspensionMark: subscription.metadata[SUSPENSION_MARK] ?? null,
    status,
    items: subscription.items.data.map((item) => ({
      id: item.id,
      stripePriceId: item.price.id,
      quantity: item.quantity ?? 1,
      periodStart: secondsToMs(item.current_period_start),
      periodEnd: secondsToMs(item.current_period_end),
    })),
    pendingInvoiceId:
      subscription.pending_update === null ? null : idOrNull(subscription.latest_invoice),
    currency: subscription.currency,
    trialEnd: secondsToMsOrNull(subscription.trial_end),
    paymentMethodId: idOrNull(subscription.default_payment_method),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    cancelAt: secondsToMsOrNull(subscription.cancel_at),
    canceledAt: secondsToMsOrNull(subscription.canceled_at),
    endedAt: secondsToMsOrNull(subscription.ended_at),
    endReason: subscription.cancellation_details?.reason ?? null,
    createdAt: secondsToMs(subscription.created),
  };
}
