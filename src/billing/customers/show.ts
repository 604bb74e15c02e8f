import type Stripe from "stripe";
import type { AccountSummary, MeterUsage } from "../../account/index.ts";
import type { Page } from "../../http/page.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { idOrNull, secondsToMs, secondsToMsOrNull } from "../stripe/values.ts";
import type {
  CustomerView,
  InvoiceView,
  LimitsView,
  MeterUsageView,
  PaymentMethodView,
} from "./wire.ts";

/** A page of a list at Stripe. */
export type StripePage<T> = Pick<Stripe.ApiList<T>, "data" | "has_more">;

/** Shows a page of a list at Stripe, whose cursor is the id of the last item that Stripe listed. */
export function showStripePage<Item extends { readonly id: string }, T>(
  { data, has_more: hasMore }: StripePage<Item>,
  show: (items: readonly Item[]) => readonly T[],
): Page<T> {
  const nextCursor = hasMore ? (data.at(-1)?.id ?? null) : null;
  return { object: "list", data: show(data), hasMore, nextCursor };
}

/** Returns the id of the payment method that pays where none is chosen. */
export const defaultPaymentMethodIdOf = (customer: Stripe.Customer): string | null =>
  idOrNull(customer.invoice_settings.default_payment_method);

function showAddress(address: Stripe.Address): CustomerView["address"] {
  const { line1, line2, city, state, postal_code: postalCode, country } = address;
  return { line1, line2, city, state, postalCode, country };
}

/** Shows a customer. */
export function showCustomer(userId: string, customer: Stripe.Customer): CustomerView {
  const { id, email, name, phone, address, created } = customer;
  return {
    userId,
    stripeCustomerId: id,
    email,
    name: name ?? null,
    phone: phone ?? null,
    address: address == null ? null : showAddress(address),
    defaultPaymentMethodId: defaultPaymentMethodIdOf(customer),
    createdAt: toIso(secondsToMs(created)),
  };
}

/** Shows a payment method. */
export function showPaymentMethod(
  method: Stripe.PaymentMethod,
  defaultId: string | null,
): PaymentMethodView {
  const { id, type, card, us_bank_account: bank, created } = method;
  return {
    id,
    type,
    brand: card?.brand ?? bank?.bank_name ?? null,
    last4: card?.last4 ?? bank?.last4 ?? null,
    expMonth: card?.exp_month ?? null,
    expYear: card?.exp_year ?? null,
    isDefault: id === defaultId,
    createdAt: toIso(secondsToMs(created)),
  };
}

/** Shows an invoice at Stripe. */
export function showInvoice(invoice: Stripe.Invoice): InvoiceView {
  const { id, number, status, currency, created } = invoice;
  return {
    id,
    number,
    status,
    currency,
    amountMinor: invoice.total,
    amountDueMinor: invoice.amount_due,
    amountPaidMinor: invoice.amount_paid,
    taxMinor: (invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0),
    orderId: invoice.metadata?.["orderId"] ?? null,
    subscriptionId: idOrNull(invoice.parent?.subscription_details?.subscription),
    hostedInvoiceUrl: invoice.hosted_invoice_url ?? null,
    invoicePdf: invoice.invoice_pdf ?? null,
    createdAt: toIso(secondsToMs(created)),
    paidAt: toIsoOrNull(secondsToMsOrNull(invoice.status_transitions.paid_at)),
  };
}

/** Shows a meter. `limit` and `remaining` are null where the plan does not limit it. */
export const showMeter = ({ used, limit, period, resetsAt }: MeterUsage): MeterUsageView => ({
  used,
  limit,
  remaining: limit === null ? null : Math.max(0, limit - used),
  period,
  resetsAt: toIsoOrNull(resetsAt),
});

/** Shows what a user's plan includes of each meter, and what is left of it. */
export const showLimits = (userId: string, { planId, meters }: AccountSummary): LimitsView => ({
  userId,
  planId,
  limits: Object.fromEntries(meters.map((usage) => [usage.meter, showMeter(usage)])),
});
