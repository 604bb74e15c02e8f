import type { Context } from "../context.ts";
import type { PaymentIntent } from "../wire.ts";
import { markPaid } from "./paid.ts";
import { emitInvoice } from "./update.ts";

/** Updates an invoice after an attempt to pay its intent through the API or a page. */
export function updateInvoiceOfIntent(ctx: Context, intent: PaymentIntent): void {
  const payment = ctx.store.invoicePayments
    .newestFirst()
    .find(({ status, payment: { payment_intent: id } }) => status === "open" && id === intent.id);
  const invoice = ctx.store.invoices.get(payment?.invoice ?? "");
  if (invoice?.status !== "open") return;
  if (intent.status === "succeeded") markPaid(ctx, invoice);
  if (intent.status === "requires_payment_method")
    emitInvoice(ctx, "invoice.payment_failed", invoice);
  if (intent.status === "requires_action")
    emitInvoice(ctx, "invoice.payment_action_required", invoice);
}
