import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { onInvoicePaid } from "../subscriptions/on-invoice-payment.ts";
import type { Invoice, InvoicePayment } from "../wire.ts";
import { emitInvoice, updateInvoice } from "./update.ts";

/** Finds the open payment of an invoice. */
export const openPayment = (ctx: Context, invoiceId: string): InvoicePayment | undefined =>
  ctx.store.invoicePayments
    .newestFirst()
    .find((payment) => payment.invoice === invoiceId && payment.status === "open");

/** Marks an invoice as paid, whether money came or none was due, and applies the consequences. */
export function markPaid(ctx: Context, open: Invoice, outOfBand = false): Invoice {
  const now = ctx.nowSeconds();
  const payment = openPayment(ctx, open.id);
  const paid = updateInvoice(
    ctx,
    open,
    {
      status: "paid",
      attempted: true,
      amount_paid: open.amount_due,
      amount_remaining: 0,
      amount_paid_off_stripe: outOfBand ? open.amount_due : 0,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...open.status_transitions, paid_at: now },
    },
    "invoice.paid",
  );
  emitInvoice(ctx, "invoice.payment_succeeded", paid);
  if (payment !== undefined) {
    const updated = ctx.store.invoicePayments.put({
      ...payment,
      status: outOfBand ? "canceled" : "paid",
      amount_paid: outOfBand ? null : payment.amount_requested,
      status_transitions: outOfBand
        ? { canceled_at: now, paid_at: null }
        : { canceled_at: null, paid_at: now },
    });
    if (!outOfBand) emit(ctx, "invoice_payment.paid", updated);
  }
  onInvoicePaid(ctx, paid);
  return paid;
}
