import type Stripe from "stripe";
import type { Config } from "../../../config.ts";
import { fail, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";

/** Fetches a subscription with its latest invoice, for `isPeriodPaid`. */
export const fetchWithLatestInvoice = (
  config: Config,
  subscriptionId: string,
): Promise<Result<Stripe.Subscription>> =>
  callStripe(config, (stripe) =>
    stripe.subscriptions.retrieve(subscriptionId, { expand: ["latest_invoice"] }),
  );

/**
 * Returns whether the current period of a subscription is paid for. The status `active` does not
 * prove it: the invoice of a renewal, or of a trial's end, is a draft for an hour in which the
 * subscription is active (https://docs.stripe.com/billing/subscriptions/overview). Giving time back
 * in that hour would give back money that nobody paid.
 * @param subscription the result of `fetchWithLatestInvoice`
 */
export function isPeriodPaid({ status, latest_invoice }: Stripe.Subscription): boolean {
  if (status !== "active" && status !== "trialing") return false;
  return (
    latest_invoice === null ||
    (typeof latest_invoice !== "string" && latest_invoice.status === "paid")
  );
}

/** The failure of a change while the payment for the current period is missing or on its way. */
export const periodNotPaid = () =>
  fail(
    "conflict",
    "The time that this subscription runs in is not paid for yet: see to its payment, or try " +
      "again in two hours.",
  );

/** Fetches a subscription, and refuses one whose current period is not paid for. */
export async function requirePaidPeriod(
  config: Config,
  subscriptionId: string,
): Promise<Result<Stripe.Subscription>> {
  const fetched = await fetchWithLatestInvoice(config, subscriptionId);
  if (!fetched.ok) return fetched;
  return isPeriodPaid(fetched.value) ? fetched : periodNotPaid();
}
