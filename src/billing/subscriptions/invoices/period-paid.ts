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
 * Returns whether an invoice is for a change that waits for its payment, or was dropped without it.
 * Neither touches what the period was paid with.
 */
function isUnappliedChange(
  { items, pending_update }: Stripe.Subscription,
  { status, billing_reason, lines }: Stripe.Invoice,
): boolean {
  if (billing_reason !== "subscription_update") return false;
  if (status === "open" && pending_update !== null) return true;
  const isApplied = lines.data.some(
    ({ amount, pricing, quantity }) =>
      amount > 0 &&
      items.data.some(
        (item) => item.price.id === pricing?.price_details?.price && item.quantity === quantity,
      ),
  );
  return status === "void" && !isApplied;
}

/**
 * Returns whether the current period of a subscription is paid for. The status `active` does not
 * prove it: the invoice of a renewal, or of a trial's end, is a draft for an hour in which the
 * subscription is active (https://docs.stripe.com/billing/subscriptions/overview). Giving time back
 * in that hour would give back money that nobody paid.
 * @param subscription the result of `fetchWithLatestInvoice`
 */
export function isPeriodPaid(subscription: Stripe.Subscription): boolean {
  const { status, latest_invoice: invoice } = subscription;
  if (status !== "active" && status !== "trialing") return false;
  if (invoice === null) return true;
  if (typeof invoice === "string") return false;
  return invoice.status === "paid" || isUnappliedChange(subscription, invoice);
}

/** The failure of a change while the payment for the current period is missing or on its way. */
export const periodNotPaid = () =>
  fail(
    "conflict",
    "The current period isn't paid yet. Complete its payment, or try again in two hours.",
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
