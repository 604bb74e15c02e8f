import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe } from "../stripe/stripe.ts";
import { secondsToMs } from "../stripe/values.ts";
import type { DisputeFacts, RefundFacts, Reversals } from "./payment-state.ts";

/** The largest page that Stripe lists. A payment has a handful of refunds and disputes. */
const PAGE_MAX = 100;

const toRefundFacts = ({ id, amount, status, created }: Stripe.Refund): RefundFacts => ({
  id,
  amountMinor: amount,
  status,
  createdAtMs: secondsToMs(created),
});

const toDisputeFacts = ({
  id,
  amount,
  status,
  balance_transactions,
}: Stripe.Dispute): DisputeFacts => ({
  id,
  amountMinor: amount,
  status,
  withdrawn: balance_transactions.reduce((total, transaction) => total + transaction.amount, 0) < 0,
});

/** Returns the refunds of a charge where it says them all: none, or those that were expanded. */
function refundsOf(charge: Stripe.Charge | null): readonly Stripe.Refund[] | null {
  if (charge?.amount_refunded === 0) return [];
  const refunds = charge?.refunds ?? null;
  return refunds === null || refunds.has_more ? null : refunds.data;
}

/**
 * Fetches the refunds and disputes of a payment from Stripe.
 * @param charge its latest charge, if it is known, at best with its `refunds` expanded: what it
 *   says saves the calls
 */
export async function fetchReversals(
  config: Config,
  paymentIntentId: string,
  charge: Stripe.Charge | null,
): Promise<Result<Reversals>> {
  const listParams = { payment_intent: paymentIntentId, limit: PAGE_MAX };
  const known = refundsOf(charge);
  const refunds =
    known === null
      ? await callStripe(config, (stripe) => stripe.refunds.list(listParams))
      : ok({ data: known });
  if (!refunds.ok) return refunds;
  const disputes =
    charge?.disputed === false
      ? ok({ data: [] })
      : await callStripe(config, (stripe) => stripe.disputes.list(listParams));
  if (!disputes.ok) return disputes;
  return ok({
    refunds: refunds.value.data.map(toRefundFacts),
    disputes: disputes.value.data.map(toDisputeFacts),
  });
}
