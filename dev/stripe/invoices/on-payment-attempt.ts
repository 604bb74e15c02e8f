import type { Context } from "../context.ts";
import type { PaymentIntent } from "../wire.ts";
import { recordFailure } from "./collect.ts";
import { markPaid } from "./paid.ts";
import { emitInvoice } from "./update.ts";
import { voidInvoice } from "./void.ts";

/**
 * Updates an invoice after an attempt to pay its intent through the API or a page.
 * @param options.isDebit whether a bank debit ended that was under way. One that failed is retried
 *   later for a renewal; a first invoice is voided, and its subscription remains active
 *   (docs.stripe.com/billing/subscriptions/overview)
 */
export function updateInvoiceOfIntent(
  ctx: Context,
  intent: PaymentIntent,
  { isDebit = false }: { readonly isDebit?: boolean } = {},
): void {
  const payment = ctx.store.invoicePayments
    .newestFirst()
    .find(({ status, payment: { payment_intent: id } }) => status === "open" && id === intent.id);
  const invoice = ctx.store.invoices.get(payment?.invoice ?? "");
  if (invoice?.status !== "open") return;
  if (intent.status === "succeeded") markPaid(ctx, invoice);
  if (intent.status === "requires_payment_method") {
    if (!isDebit) emitInvoice(ctx, "invoice.payment_failed", invoice);
    else if (invoice.billing_reason === "subscription_cycle") recordFailure(ctx, invoice, false);
    else {
      emitInvoice(ctx, "invoice.payment_failed", invoice);
      voidInvoice(ctx, invoice);
    }
  }
  if (intent.status === "requires_action")
    emitInvoice(ctx, "invoice.payment_action_required", invoice);
}
