import { eq } from "drizzle-orm";
import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { toIso } from "../../time.ts";
import { showCharged } from "../orders/fetch-receipt.ts";
import { INTENT_EXPAND } from "../orders/intents/intent-facts.ts";
import { callStripe } from "../stripe/stripe.ts";
import type { SubscriptionInvoice } from "../subscriptions/store.ts";
import { subscriptionInvoices } from "../tables.ts";
import { showInvoice } from "./show.ts";
import type { InvoiceDetailView } from "./wire.ts";

/** Finds the record of a subscription's invoice. */
export const findRecordedInvoice = (
  { db }: Context,
  id: string,
): Promise<SubscriptionInvoice | undefined> =>
  db.select().from(subscriptionInvoices).where(eq(subscriptionInvoices.id, id)).get();

/** Fetches the charge that paid an invoice, with its refunds; null where none did. */
async function fetchIntent(
  { config }: Context,
  { stripePaymentIntentId: id, paidMinor }: SubscriptionInvoice,
): Promise<Result<Stripe.PaymentIntent | null>> {
  if (id === null || paidMinor === 0) return ok(null);
  return await callStripe(config, (stripe) =>
    stripe.paymentIntents.retrieve(id, { expand: INTENT_EXPAND }),
  );
}

/**
 * Fetches an invoice of a subscription as it is at Stripe, with its receipt and refunds.
 * @returns `not_found` when Stripe has it no more; `billing_unavailable`
 */
export async function fetchInvoice(
  ctx: Context,
  recorded: SubscriptionInvoice,
): Promise<Result<InvoiceDetailView>> {
  const { id, title, refundedMinor, disputed, periodStart, periodEnd } = recorded;
  const [invoice, intent] = await Promise.all([
    callStripe(ctx.config, (stripe) => stripe.invoices.retrieve(id)),
    fetchIntent(ctx, recorded),
  ]);
  for (const fetched of [invoice, intent])
    if (!fetched.ok && fetched.failure.code === "stripe_refused")
      return fail("not_found", `Stripe has no invoice ${id}.`);
  if (!invoice.ok) return invoice;
  if (!intent.ok) return intent;
  const { url: receiptUrl, refunds } = showCharged(intent.value);
  return ok({
    ...showInvoice(invoice.value),
    title,
    refundedMinor,
    disputed,
    receiptUrl,
    refunds,
    subtotalMinor: invoice.value.subtotal,
    periodStart: toIso(periodStart),
    periodEnd: toIso(periodEnd),
  });
}
