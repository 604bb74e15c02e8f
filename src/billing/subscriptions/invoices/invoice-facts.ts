import type Stripe from "stripe";
import { idOf, secondsToMs, secondsToMsOrNull } from "../../stripe/values.ts";
import type { SubscriptionInvoice } from "../store.ts";
import type { InvoiceLine } from "./invoice-credits.ts";

/** What Stripe says now about an invoice, but for what went back of its payment. Times in ms. */
export interface InvoiceFacts {
  readonly id: string;
  readonly status: SubscriptionInvoice["status"];
  readonly currency: string;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly stripePaymentIntentId: string | null;
  readonly createdAt: number;
  readonly paidAt: number | null;
  /** Since when its payment is due. */
  readonly dueAt: number;
  readonly lines: readonly InvoiceLine[];
}

const INVOICE_STATUSES = [
  "draft",
  "open",
  "paid",
  "uncollectible",
  "void",
] as const satisfies readonly InvoiceFacts["status"][];

/** What has to be expanded in an invoice for `toInvoiceFacts` to read it. */
export const INVOICE_EXPAND = "payments";

/** The subscription that an invoice is for, if any. */
export function subscriptionIdOf(invoice: Stripe.Invoice): string | null {
  const subscription = invoice.parent?.subscription_details?.subscription;
  return subscription === undefined ? null : idOf(subscription);
}

/** The payment by which an invoice was paid, or is to be. */
export function paymentIntentIdOf(invoice: Stripe.Invoice): string | null {
  const payments = invoice.payments?.data ?? [];
  const chosen =
    payments.find(({ status }) => status === "paid") ??
    payments.find(({ is_default }) => is_default);
  const intent = chosen?.payment.payment_intent;
  return intent === undefined ? null : idOf(intent);
}

/** Reads lines of an invoice. */
export const toInvoiceLines = (lines: readonly Stripe.InvoiceLineItem[]): InvoiceLine[] =>
  lines.map(toInvoiceLine);

function toInvoiceLine(line: Stripe.InvoiceLineItem): InvoiceLine {
  const price = line.pricing?.price_details?.price;
  return {
    stripePriceId: price === undefined ? null : idOf(price),
    amountMinor: line.amount,
    periodStart: secondsToMs(line.period.start),
    periodEnd: secondsToMs(line.period.end),
  };
}

/**
 * Reads an invoice that was retrieved with `EXPANDED`.
 * @param lines all of its lines: the invoice itself holds only the first ten
 */
export function toInvoiceFacts(
  invoice: Stripe.Invoice,
  lines: readonly Stripe.InvoiceLineItem[],
): InvoiceFacts {
  const status = INVOICE_STATUSES.find((known) => known === invoice.status);
  if (status === undefined)
    throw new Error(`invoice ${invoice.id} has the unknown status ${invoice.status}`);
  return {
    id: invoice.id,
    status,
    currency: invoice.currency,
    totalMinor: invoice.total,
    paidMinor: invoice.amount_paid,
    stripePaymentIntentId: paymentIntentIdOf(invoice),
    createdAt: secondsToMs(invoice.created),
    paidAt: secondsToMsOrNull(invoice.status_transitions.paid_at),
    dueAt: secondsToMs(
      invoice.due_date ?? invoice.status_transitions.finalized_at ?? invoice.created,
    ),
    lines: toInvoiceLines(lines),
  };
}
