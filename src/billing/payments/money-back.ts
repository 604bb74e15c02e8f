import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { askStripe } from "../stripe/stripe.ts";
import { type DisputeFacts, type MoneyBack, NOTHING_BACK, type RefundFacts } from "./standing.ts";

/** As many as Stripe lists at once. A payment has a handful. */
const MOST = 100;

const refundFacts = ({ id, amount, status }: Stripe.Refund): RefundFacts => ({
  id,
  amountMinor: amount,
  status,
});

const disputeFacts = ({
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
export async function moneyBackOf(
  config: Config,
  paymentIntentId: string,
  charge: Stripe.Charge | null,
): Promise<Result<MoneyBack>> {
  if (charge !== null && charge.amount_refunded === 0 && !charge.disputed) return ok(NOTHING_BACK);
  const about = { payment_intent: paymentIntentId, limit: MOST };
  const refunds = await askStripe(config, (stripe) => stripe.refunds.list(about));
  if (!refunds.ok) return refunds;
  const disputes = await askStripe(config, (stripe) => stripe.disputes.list(about));
  if (!disputes.ok) return disputes;
  return ok({
    refunds: refunds.value.data.map(refundFacts),
    disputes: disputes.value.data.map(disputeFacts),
  });
}
