import type Stripe from "stripe";
import { idOf, secondsToMs, secondsToMsOrNull } from "../../stripe/values.ts";
import type { SubscriptionInvoice } from "../store.ts";
import type { InvoiceLine } from "./invoice-credits.ts";

/** The state of an invoice at Stripe, without the reversals of its payment. Times in ms. */
export interface InvoiceFacts {
  readonly id: string;
  readonly status: SubscriptionInvoice["status"];
  readonly currency: string;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly remainingMinor: number;
  /** Whether a payment was tried. */
  readonly isAttempted: boolean;
  /** Its page at Stripe, on which anybody who has the address can pay it. */
  readonly payUrl: string | null;
  readonly stripePaymentIntentId: string | null;
  readonly createdAt: number;
  readonly paidAt: number | null;
  /** The time since which its payment is due. */
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

/** The field that has to be expanded in an invoice for `toInvoiceFacts`. */
export const INVOICE_EXPAND = "payments";

/** Returns the id of the subscription that an invoice is for, if any. */
export function subscriptionIdOf(invoice: Stripe.Invoice): string | null {
  const subscription = invoice.parent?.subscription_details?.subscription;
  return subscription === undefined ? null : idOf(subscription);
}

/** Returns the id of the payment intent that paid an invoice, or that is to pay it. */
export function paymentIntentIdOf(invoice: Stripe.Invoice): string | null {
  const payments = invoice.payments?.data ?? [];
  const chosen =
    payments.find(({ status }) => status === "paid") ??
    payments.find(({ is_default }) => is_default);
  const intent = chosen?.payment.payment_intent;
  return intent === undefined ? null : idOf(intent);
}

/**
 * Converts the status of an invoice.
 * @throws for a status of Stripe's that is not known here
 */
export function toInvoiceStatus({ id, status }: Stripe.Invoice): InvoiceFacts["status"] {
  const known = INVOICE_STATUSES.find((each) => each === status);
  if (known === undefined) throw new Error(`invoice ${id} has the unknown status ${status}`);
  return known;
}

/** Converts the lines of an invoice. */
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
 * Converts an invoice that was retrieved with `INVOICE_EXPAND`.
 * @param lines all of its lines: the invoice itself holds only the first ten
 * @throws for a status of Stripe's that is not known here
 */
export function toInvoiceFacts(
  invoice: Stripe.Invoice,
  lines: readonly Stripe.InvoiceLineItem[],
): InvoiceFacts {
  return {
    id: invoice.id,
    status: toInvoiceStatus(invoice),
    currency: invoice.currency,
    totalMinor: invoice.total,
    paidMinor: invoice.amount_paid,
    remainingMinor: invoice.amount_remaining,
    isAttempted: invoice.attempted,
    payUrl: invoice.hosted_invoice_url ?? null,
    stripePaymentIntentId: paymentIntentIdOf(invoice),
    createdAt: secondsToMs(invoice.created),
    paidAt: secondsToMsOrNull(invoice.status_transitions.paid_at),
    dueAt: secondsToMs(
      invoice.due_date ?? invoice.status_transitions.finalized_at ?? invoice.created,
    ),
    lines: toInvoiceLines(lines),
  };
}
