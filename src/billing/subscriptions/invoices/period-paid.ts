import type Stripe from "stripe";
import type { Config } from "../../../config.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";

/** Asks for a subscription, so that `isPeriodPaid` can tell of it. */
export const fetchWithLatestInvoice = (
  config: Config,
  subscriptionId: string,
): Promise<Result<Stripe.Subscription>> =>
  callStripe(config, (stripe) =>
    stripe.subscriptions.retrieve(subscriptionId, { expand: ["latest_invoice"] }),
  );

/**
 * Whether the time that a subscription runs in now is paid for. `active` alone does not say so: the
 * invoice of a renewal, or of a trial's end, is a draft for an hour in which the subscription is
 * active (https://docs.stripe.com/billing/subscriptions/overview). Whatever gives time back in that
 * hour would give money that nobody paid.
 * @param subscription as `fetchWithLatestInvoice` gives it
 */
export function isPeriodPaid({ status, latest_invoice }: Stripe.Subscription): boolean {
  if (status !== "active" && status !== "trialing") return false;
  return (
    latest_invoice === null ||
    (typeof latest_invoice !== "string" && latest_invoice.status === "paid")
  );
}

/** Why a subscription cannot become another one now: its payment is missing, or on its way. */
export const periodNotPaid = () =>
  fail(
    "conflict",
    "The time that this subscription runs in is not paid for yet: see to its payment, or try again in two hours.",
  );

/** Refuses a subscription whose running time is not paid for. */
export async function requirePaidPeriod(
  config: Config,
  subscriptionId: string,
): Promise<Result<true>> {
  const fetched = await fetchWithLatestInvoice(config, subscriptionId);
  if (!fetched.ok) return fetched;
  return isPeriodPaid(fetched.value) ? ok(true) : periodNotPaid();
}
