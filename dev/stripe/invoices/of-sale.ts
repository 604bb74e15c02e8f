import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { newId } from "../ids.ts";
import { requireCustomer } from "../resources/customers.ts";
import type { Invoice, InvoiceLine, LineItem, PaymentIntent, Session } from "../wire.ts";
import { buildInvoice } from "./draft.ts";
import { onceLine } from "./lines.ts";
import { emitInvoice, updateInvoice } from "./update.ts";

/** Builds the line of a sold item, which belongs to no subscription. */
function saleLine(item: LineItem, atSeconds: number): InvoiceLine | undefined {
  const line = onceLine(item, "", atSeconds);
  const details = line?.parent?.invoice_item_details;
  if (line?.parent == null || details == null) return undefined;
  const parent = { ...line.parent, invoice_item_details: { ...details, subscription: null } };
  return { ...line, parent, subscription: null };
}

/** Builds the draft of a sale's invoice: for what the session sold, at what was paid for it. */
function buildSaleInvoice(ctx: Context, session: Session, items: readonly LineItem[]): Invoice {
  const now = ctx.nowSeconds();
  const lines = items.flatMap((item) => saleLine(item, now) ?? []);
  const draft = buildInvoice(ctx, {
    subscription: {
      id: session.id,
      customer: session.customer ?? "",
      currency: session.currency ?? "usd",
      metadata: {},
      automatic_tax: { ...session.automatic_tax, disabled_reason: null },
    },
    lines,
    reason: "manual",
    period: { start: now, end: now },
    autoAdvance: false,
  });
  const data = session.invoice_creation?.invoice_data;
  const total = session.amount_total ?? 0;
  return {
    ...draft,
    amount_due: total,
    amount_remaining: total,
    custom_fields: data?.custom_fields ?? null,
    customer_email: session.customer_details?.email ?? draft.customer_email,
    customer_name: session.customer_details?.name ?? draft.customer_name,
    description: data?.description ?? null,
    footer: data?.footer ?? null,
    metadata: data?.metadata ?? {},
    parent: null,
    // The buyer has paid the session's total: nothing of it is taken from a balance.
    starting_balance: 0,
    total,
    total_excluding_tax: total,
  };
}

/**
 * Creates the invoice of a one-time sale that was just paid, where its session asks for one
 * (docs.stripe.com/payments/checkout/receipts). It is finalized and paid at once, by the session's
 * own intent. A refund of the payment leaves it as it is, as long as nobody makes a credit note.
 * @returns the invoice's id; null where the session asks for none, or nothing was paid
 */
export function invoiceSale(
  ctx: Context,
  session: Session,
  intent: PaymentIntent | undefined,
): string | null {
  if (session.invoice_creation?.enabled !== true || session.customer === null) return null;
  if (intent === undefined) return null;
  const items = ctx.store.baskets.get(session.id)?.items ?? [];
  const draft = ctx.store.invoices.put(buildSaleInvoice(ctx, session, items));
  emitInvoice(ctx, "invoice.created", draft);
  const now = ctx.nowSeconds();
  const customer = requireCustomer(ctx, session.customer);
  const sequence = customer.next_invoice_sequence ?? 1;
  ctx.store.customers.put({ ...customer, next_invoice_sequence: sequence + 1 });
  const page = `${ctx.origin}/i/${draft.id}`;
  const open = updateInvoice(
    ctx,
    draft,
    {
      status: "open",
      effective_at: now,
      ending_balance: 0,
      hosted_invoice_url: page,
      invoice_pdf: `${page}/pdf`,
      number: `${customer.invoice_prefix ?? "LOCAL"}-${String(sequence).padStart(4, "0")}`,
      status_transitions: { ...draft.status_transitions, finalized_at: now },
    },
    "invoice.finalized",
  );
  const paid = updateInvoice(
    ctx,
    open,
    {
      status: "paid",
      attempted: true,
      amount_paid: open.amount_due,
      amount_remaining: 0,
      status_transitions: { ...open.status_transitions, paid_at: now },
    },
    "invoice.paid",
  );
  emitInvoice(ctx, "invoice.payment_succeeded", paid);
  const payment = ctx.store.invoicePayments.put({
    id: newId("inpay", 23, "1"),
    object: "invoice_payment",
    amount_paid: paid.amount_paid,
    amount_requested: paid.amount_due,
    created: now,
    currency: paid.currency,
    invoice: paid.id,
    is_default: true,
    livemode: false,
    payment: { type: "payment_intent", payment_intent: intent.id },
    status: "paid",
    status_transitions: { canceled_at: null, paid_at: now },
  });
  emit(ctx, "invoice_payment.paid", payment);
  return paid.id;
}
