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

/** As many as Stripe lists at once. A payment has a handful. */
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
 * Asks Stripe for what went back, or may go back, of a payment.
 * @param charge its latest charge, if it is known: one that has nothing against it is asked no
 *   further
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
