import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { cancelIntent } from "../payments/intent.ts";
import { onInvoiceGivenUp } from "../subscriptions/on-invoice-payment.ts";
import type { Invoice } from "../wire.ts";
import { openPayment } from "./paid.ts";
import { updateInvoice } from "./update.ts";

/**
 * Ends an open invoice without payment: it is no longer owed (`void`), or not expected to be paid
 * (`uncollectible`).
 */
export function voidInvoice(
  ctx: Context,
  invoice: Invoice,
  as: "void" | "uncollectible" = "void",
): Invoice {
  const isOpen = invoice.status === "open" || (as === "void" && invoice.status === "uncollectible");
  if (!isOpen) {
    throw invalid(
      `You can only pass in open invoices. This invoice isn't open: it is ${invoice.status}.`,
    );
  }
  const now = ctx.nowSeconds();
  const payment = openPayment(ctx, invoice.id);
  const intent = ctx.store.paymentIntents.get(payment?.payment.payment_intent ?? "");
  if (as === "void" && payment !== undefined) {
    ctx.store.invoicePayments.put({
      ...payment,
      status: "canceled",
      status_transitions: { canceled_at: now, paid_at: null },
    });
    if (intent !== undefined && intent.status !== "canceled")
      cancelIntent(ctx, intent, "void_invoice");
  }
  const { status_transitions: transitions } = invoice;
  const ended = updateInvoice(
    ctx,
    invoice,
    {
      status: as,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions:
        as === "void"
          ? { ...transitions, voided_at: now }
          : { ...transitions, marked_uncollectible_at: now },
    },
    as === "void" ? "invoice.voided" : "invoice.marked_uncollectible",
  );
  onInvoiceGivenUp(ctx, ended);
  return ended;
}
