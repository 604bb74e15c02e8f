import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { emit } from "../events.ts";
import { newId } from "../ids.ts";
import { createPaymentIntent } from "../payments/intent.ts";
import { requireCustomer } from "../resources/customers.ts";
import type { Customer, Invoice, PaymentIntent } from "../wire.ts";
import { balanceIn, withBalance } from "./balance.ts";
import { computeDue } from "./due.ts";
import { markPaid } from "./paid.ts";
import { updateInvoice } from "./update.ts";

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  subscription_create: "Subscription creation",
  subscription_update: "Subscription update",
};

const HOUR_SECONDS = 3600;

/** Sets a customer's new balance, and counts the invoice. */
function applyBalance(ctx: Context, customer: Customer, invoice: Invoice, balance: number): void {
  const { next_invoice_sequence: next = 1 } = customer;
  const after = {
    ...customer,
    ...withBalance(customer, invoice.currency, balance),
    next_invoice_sequence: next + 1,
  };
  ctx.store.customers.put(after);
  if (balance !== balanceIn(customer, invoice.currency))
    emit(ctx, "customer.updated", after, { balance: customer.balance });
}

/** Creates the payment of an invoice, with an existing intent or a new one. */
function createInvoicePayment(
  ctx: Context,
  invoice: Invoice,
  existing: PaymentIntent | undefined,
): PaymentIntent {
  const intent =
    existing ??
    createPaymentIntent(ctx, {
      amount: invoice.amount_due,
      currency: invoice.currency,
      customer: invoice.customer,
      description: DESCRIPTIONS[invoice.billing_reason ?? ""] ?? "Subscription update",
      setup_future_usage: "off_session",
    });
  ctx.store.invoicePayments.put({
    id: newId("inpay", 23, "1"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: ctx.nowSeconds(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: "payment_intent", payment_intent: intent.id },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
  return intent;
}

/**
 * Finalizes a draft: it gets its number, and is marked paid if nothing is due.
 * @param paidBy the intent that has already been paid for it, or whose bank debit is under way
 */
export function finalizeInvoice(ctx: Context, draft: Invoice, paidBy?: PaymentIntent): Invoice {
  if (draft.status !== "draft")
    throw invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.");
  const customer = requireCustomer(ctx, draft.customer ?? "");
  const now = ctx.nowSeconds();
  const startingBalance = balanceIn(customer, draft.currency);
  const { amountDueMinor, endingBalanceMinor } = computeDue(
    draft.total,
    startingBalance,
    draft.currency,
  );
  applyBalance(ctx, customer, draft, endingBalanceMinor);
  const page = `${ctx.origin}/i/${draft.id}`;
  const sequence = String(customer.next_invoice_sequence ?? 1).padStart(4, "0");
  const closed: Partial<Invoice> = {
    status: "open",
    amount_due: amountDueMinor,
    amount_remaining: amountDueMinor,
    automatically_finalizes_at: null,
    next_payment_attempt: draft.auto_advance === true ? now + HOUR_SECONDS : null,
    effective_at: now,
    starting_balance: startingBalance,
    ending_balance: endingBalanceMinor,
    hosted_invoice_url: page,
    invoice_pdf: `${page}/pdf`,
    number: `${customer.invoice_prefix ?? "LOCAL"}-${sequence}`,
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  };
  if (amountDueMinor === 0)
    return markPaid(ctx, updateInvoice(ctx, draft, closed, "invoice.finalized"));
  const intent = createInvoicePayment(ctx, { ...draft, ...closed }, paidBy);
  const secret = { client_secret: intent.client_secret ?? "", type: "payment_intent" };
  const open = updateInvoice(
    ctx,
    draft,
    { ...closed, confirmation_secret: secret },
    "invoice.finalized",
  );
  return paidBy?.status === "succeeded" ? markPaid(ctx, open) : open;
}
