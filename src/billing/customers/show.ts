import type Stripe from "stripe";
import type { AccountSummary, MeterUsage } from "../../account/index.ts";
import { idOrNull } from "../stripe/values.ts";

const secondsToIso = (seconds: number): string => new Date(seconds * 1000).toISOString();
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** The payment method that pays where none is chosen. */
export const defaultPaymentMethodIdOf = (customer: Stripe.Customer): string | null =>
  idOrNull(customer.invoice_settings.default_payment_method);

/** A customer as the wire shows it. */
export function showCustomer(userId: string, customer: Stripe.Customer) {
  const { id, email, name, phone, address, created } = customer;
  return {
    userId,
    stripeCustomerId: id,
    email,
    name: name ?? null,
    phone: phone ?? null,
    address:
      address == null
        ? null
        : {
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            state: address.state,
            postalCode: address.postal_code,
            country: address.country,
          },
    defaultPaymentMethodId: defaultPaymentMethodIdOf(customer),
    createdAt: secondsToIso(created),
  };
}

/** A payment method as the wire shows it: enough to know it again, and no more. */
export function showPaymentMethod(method: Stripe.PaymentMethod, defaultId: string | null) {
  const { id, type, card, us_bank_account: bank, created } = method;
  return {
    id,
    type,
    brand: card?.brand ?? bank?.bank_name ?? null,
    last4: card?.last4 ?? bank?.last4 ?? null,
    expMonth: card?.exp_month ?? null,
    expYear: card?.exp_year ?? null,
    isDefault: id === defaultId,
    createdAt: secondsToIso(created),
  };
}

/**
 * An invoice as the wire shows it. `number`, the page and the PDF are null until Stripe has closed
 * it.
 */
export function showInvoice(invoice: Stripe.Invoice) {
  const { id, number, status, currency, total, amount_due, amount_paid, created } = invoice;
  const paidAt = invoice.status_transitions.paid_at;
  return {
    id,
    number,
    status,
    currency,
    amountMinor: total,
    amountDueMinor: amount_due,
    amountPaidMinor: amount_paid,
    subscriptionId: idOrNull(invoice.parent?.subscription_details?.subscription),
    hostedInvoiceUrl: invoice.hosted_invoice_url ?? null,
    invoicePdf: invoice.invoice_pdf ?? null,
    createdAt: secondsToIso(created),
    paidAt: paidAt === null ? null : secondsToIso(paidAt),
  };
}

/** Where a meter stands. `limit` and `remaining` are null where the plan does not limit it. */
export const showMeter = ({ used, limit, period, resetsAt }: MeterUsage) => ({
  used,
  limit,
  remaining: limit === null ? null : Math.max(0, limit - used),
  period,
  resetsAt: iso(resetsAt),
});

/** What a user's plan includes of each meter, and what is left of it. */
export const showLimits = (userId: string, { planId, meters }: AccountSummary) => ({
  userId,
  planId,
  limits: Object.fromEntries(meters.map((usage) => [usage.meter, showMeter(usage)])),
});
