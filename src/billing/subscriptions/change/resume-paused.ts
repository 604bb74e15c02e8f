import type Stripe from "stripe";
import type { Context } from "../../../context.ts";
import { type Failure, ok, type Result } from "../../../errors.ts";
import { admitPurchase } from "../../access/admit-purchase.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { CARD_DECLINED } from "../../stripe/stripe-failure.ts";
import { fetchWithLatestInvoice } from "../invoices/period-paid.ts";
import type { Subscription } from "../store.ts";
import { auditRequest, resync } from "./resync.ts";

/** Returns the invoice of a resumption that is not paid yet; null where there is none. */
function unpaidResumption({
  status,
  status_details: details,
  latest_invoice: invoice,
}: Stripe.Subscription): Stripe.Invoice | null {
  if (status !== "paused" || invoice === null || typeof invoice === "string") return null;
  const isLater = invoice.created > (details?.paused.transitioned_at ?? 0);
  return isLater && invoice.status === "open" ? invoice : null;
}

const notPaid = ({ hosted_invoice_url: url }: Stripe.Invoice): Failure => ({
  ...CARD_DECLINED,
  message: "Your card was declined. Pay on Stripe's page to continue your subscription.",
  paymentUrl: url ?? undefined,
});

/**
 * Resumes a paused subscription: a new period begins with its payment, which is attempted at once.
 * By default Stripe attempts none, and drops the resumption after 23 hours
 * (https://docs.stripe.com/api/subscriptions/resume). One that waits for its payment is not begun
 * again: it would be invoiced twice.
 * @returns `card_declined`, with `paymentUrl`, where it stays paused; `purchase_limit_exceeded`
 */
export async function resumePaused(
  ctx: Context,
  subscription: Subscription,
): Promise<Result<Subscription>> {
  const { config } = ctx;
  const { id, stripeItemId, quantity, currency, updatedAt } = subscription;
  const fetched = await fetchWithLatestInvoice(config, id);
  if (!fetched.ok) return fetched;
  const { status, items } = fetched.value;
  if (status !== "paused") return ok(await resync(ctx, subscription));
  const begun = unpaidResumption(fetched.value);
  if (begun !== null) return { ok: false, failure: notPaid(begun) };
  const price = items.data.find((item) => item.id === stripeItemId)?.price;
  const admitted = await admitPurchase(ctx, {
    operationId: `resume:${id}:${updatedAt}`,
    amountMinor: (price?.unit_amount ?? 0) * quantity,
    currency,
  });
  if (!admitted.ok) return admitted;
  const resumed = await callStripe(config, (stripe) =>
    stripe.subscriptions.resume(id, {
      payment_behavior: "resume_on_payment_success",
      expand: ["latest_invoice"],
    }),
  );
  if (!resumed.ok) return resumed;
  const after = { status: resumed.value.status };
  await auditRequest(ctx, subscription, { action: "subscription.resume_requested", after });
  const current = await resync(ctx, subscription);
  const unpaid = unpaidResumption(resumed.value);
  return unpaid === null ? ok(current) : { ok: false, failure: notPaid(unpaid) };
}
