import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe } from "../stripe/stripe.ts";
import {
  type DisputeFacts,
  NO_REVERSALS,
  type RefundFacts,
  type Reversals,
} from "./payment-state.ts";

/** The largest page that Stripe lists. A payment has a handful of refunds and disputes. */
const PAGE_MAX = 100;

const toRefundFacts = ({ id, amount, status }: Stripe.Refund): RefundFacts => ({
  id,
  amountMinor: amount,
  status,
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

/**
 * Fetches the refunds and disputes of a payment from Stripe.
 * @param charge its latest charge, if it is known: a charge without refunds and disputes saves the
 *   calls
 */
export async function fetchReversals(
  config: Config,
  paymentIntentId: string,
  charge: Stripe.Charge | null,
): Promise<Result<Reversals>> {
  if (charge !== null && charge.amount_refunded === 0 && !charge.disputed) return ok(NO_REVERSALS);
  const listParams = { payment_intent: paymentIntentId, limit: PAGE_MAX };
  const refunds = await callStripe(config, (stripe) => stripe.refunds.list(listParams));
  if (!refunds.ok) return refunds;
  const disputes = await callStripe(config, (stripe) => stripe.disputes.list(listParams));
  if (!disputes.ok) return disputes;
  return ok({
    refunds: refunds.value.data.map(toRefundFacts),
    disputes: disputes.value.data.map(toDisputeFacts),
  });
}
