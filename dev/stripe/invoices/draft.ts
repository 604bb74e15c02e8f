import type { Context } from "../context.ts";
import {
  discountLines,
  discountTotals,
  recordDiscountUse,
  totalDiscount,
} from "../discounts/subscription.ts";
import { newId } from "../ids.ts";
import { requireCustomer } from "../resources/customers.ts";
import type { Period } from "../subscriptions/calendar.ts";
import type { Invoice, InvoiceLine, Subscription } from "../wire.ts";
import { balanceIn } from "./balance.ts";
import { computeDue } from "./due.ts";
import { emitInvoice, updateInvoice } from "./update.ts";
import { withLateUsage } from "./usage.ts";

/** The parameters of an invoice. */
export interface InvoiceParams {
  readonly id?: string;
  readonly subscription: Pick<
    Subscription,
    "id" | "customer" | "currency" | "metadata" | "automatic_tax"
  >;
  readonly lines: readonly InvoiceLine[];
  readonly reason: NonNullable<Invoice["billing_reason"]>;
  readonly period: Period;
  /** Whether it is finalized and collected by itself an hour later. */
  readonly autoAdvance: boolean;
  readonly prorationDate?: number | undefined;
}

const HOUR_SECONDS = 3600;

/** Builds a draft invoice without storing it. */
export function buildInvoice(ctx: Context, params: InvoiceParams): Invoice {
  const { subscription, prorationDate } = params;
  const customer = requireCustomer(ctx, subscription.customer);
  const id = params.id ?? newId("in", 23, "1");
  const lines = discountLines(ctx, subscription.id, params.lines);
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const total = subtotal - totalDiscount(lines);
  const startingBalance = balanceIn(customer, subscription.currency);
  const { amountDueMinor } = computeDue(total, startingBalance, subscription.currency);
  const now = ctx.nowSeconds();
  const isTaxed = subscription.automatic_tax.enabled;
  return {
    id,
    object: "invoice",
    account_country: "US",
    account_name: "Local Stripe",
    account_tax_ids: null,
    amount_due: amountDueMinor,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: amountDueMinor,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: params.autoAdvance,
    automatic_tax: {
      disabled_reason: null,
      enabled: isTaxed,
      liability: isTaxed ? { type: "self" } : null,
      provider: isTaxed ? "stripe" : null,
      status: isTaxed ? "complete" : null,
    },
    automatically_finalizes_at: params.autoAdvance ? now + HOUR_SECONDS : null,
    billing_reason: params.reason,
    collection_method: "charge_automatically",
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: customer.tax_exempt ?? "none",
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: {
      object: "list",
      data: lines.map((line) => ({ ...line, invoice: id })),
      has_more: false,
      url: `/v1/invoices/${id}/lines`,
    },
    livemode: false,
    metadata: {},
    next_payment_attempt: params.autoAdvance ? now + HOUR_SECONDS : null,
    number: null,
    on_behalf_of: null,
    parent: {
      type: "subscription_details",
      quote_details: null,
      subscription_details: {
        metadata: subscription.metadata,
        subscription: subscription.id,
        ...(prorationDate === undefined ? {} : { subscription_proration_date: prorationDate }),
      },
    },
    payment_settings: {
      default_mandate: null,
      payment_method_options: null,
      payment_method_types: null,
    },
    period_end: params.period.end,
    period_start: params.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: startingBalance,
    statement_descriptor: null,
    status: "draft",
    status_transitions: {
      finalized_at: null,
      marked_uncollectible_at: null,
      paid_at: null,
      voided_at: null,
    },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: null,
    total,
    total_discount_amounts: discountTotals(lines),
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
}

/** Creates a draft invoice. */
export function draftInvoice(ctx: Context, params: InvoiceParams): Invoice {
  const invoice = ctx.store.invoices.put(buildInvoice(ctx, params));
  recordDiscountUse(ctx, params.subscription.id, invoice.lines.data);
  emitInvoice(ctx, "invoice.created", invoice);
  return invoice;
}

/** Returns a draft with the usage that was reported since it was created. */
export function countLateUsage(ctx: Context, draft: Invoice): Invoice {
  const before = draft.lines.data;
  const lines = withLateUsage(ctx, draft);
  if (lines.every((line, index) => line.amount === before[index]?.amount)) return draft;
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const total = subtotal - totalDiscount(lines);
  const sums = { subtotal, subtotal_excluding_tax: subtotal, total, total_excluding_tax: total };
  return updateInvoice(
    ctx,
    draft,
    { ...sums, lines: { ...draft.lines, data: [...lines] } },
    "invoice.updated",
  );
}
