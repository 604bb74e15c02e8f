import type { Decline } from "../checkout/charge.ts";
import type { Context } from "../context.ts";
import { attemptPayment, openTestCardDispute } from "../payments/attempt.ts";
import { requireCustomer } from "../resources/customers.ts";
import { subscriptionOf } from "../subscriptions/change.ts";
import {
  onDebitStarted,
  onInvoiceFailed,
  onResumptionFailed,
} from "../subscriptions/on-invoice-payment.ts";
import type { Invoice, PaymentMethod } from "../wire.ts";
import { markPaid, openPayment } from "./paid.ts";
import { emitInvoice, updateInvoice } from "./update.ts";

/** The result of an attempt to collect an invoice. */
export interface Collected {
  readonly invoice: Invoice;
  /** The reason of a failure; undefined if the invoice was paid or the payment is in progress. */
  readonly decline?: Decline;
}

const DAY_SECONDS = 86_400;
/** The days from each failed attempt to the next one. After the last one there is none. */
const RETRY_AFTER_DAYS: readonly number[] = [3, 5, 7];

/** The decline for a customer without a card, who is not charged. */
export const NO_METHOD: Decline = {
  code: "resource_missing",
  declineCode: "generic_decline",
  message:
    "This customer has no attached payment source or default payment method. Please consider " +
    "adding a default payment method. For more information, visit https://stripe.com/docs/" +
    "billing/subscriptions/payment-methods-setting#payment-method-priority.",
};

const DECLINED: Decline = {
  code: "card_declined",
  declineCode: "insufficient_funds",
  message: "Your card has insufficient funds.",
};

/**
 * Finds the payment method for an invoice, in Stripe's order: the subscription's, then the
 * customer's.
 */
export function findMethodFor(
  ctx: Context,
  subscriptionId: string | undefined,
  customerId: string,
): PaymentMethod | undefined {
  const subscription = ctx.store.subscriptions.get(subscriptionId ?? "");
  const customer = requireCustomer(ctx, customerId);
  const usable = [
    subscription?.default_payment_method,
    customer.invoice_settings.default_payment_method,
  ].map((id) => ctx.store.paymentMethods.get(id ?? ""));
  return usable.find((method) => method !== undefined && method.customer === customerId);
}

/** Records a failed attempt to collect an invoice, and when the next one is made. */
export function recordFailure(ctx: Context, open: Invoice, isManual: boolean): Invoice {
  const attempts = open.attempt_count + 1;
  const isRetried = open.auto_advance === true && open.billing_reason !== "subscription_create";
  const days = isRetried ? RETRY_AFTER_DAYS[attempts - 1] : undefined;
  const next_payment_attempt = days === undefined ? null : ctx.nowSeconds() + days * DAY_SECONDS;
  const changes = isManual
    ? { attempted: true }
    : { attempted: true, attempt_count: attempts, next_payment_attempt };
  const failed = updateInvoice(ctx, open, changes, "invoice.updated");
  emitInvoice(ctx, "invoice.payment_failed", failed);
  onResumptionFailed(ctx, failed);
  if (!isManual) onInvoiceFailed(ctx, failed);
  return ctx.store.invoices.get(failed.id) ?? failed;
}

/** Records that a bank debit is under way: its subscription is active until the debit has ended. */
function recordDebit(ctx: Context, open: Invoice): Invoice {
  const waiting = updateInvoice(
    ctx,
    open,
    { attempted: true, attempt_count: open.attempt_count + 1, next_payment_attempt: null },
    "invoice.updated",
  );
  onDebitStarted(ctx, waiting);
  return waiting;
}

/**
 * Tries to collect an open invoice without its customer.
 * @param options.method the method to charge; by default the subscription's or the customer's
 * @param options.isHolderPresent whether the card holder confirms the payment with the bank
 * @param options.byHand whether a person started it, so that it does not count as one of the
 *   automatic attempts
 */
export function collectInvoice(
  ctx: Context,
  open: Invoice,
  options: {
    readonly method?: PaymentMethod | undefined;
    readonly byHand?: boolean;
    readonly isHolderPresent?: boolean;
  } = {},
): Collected {
  const { byHand = false, isHolderPresent = false } = options;
  const customerId = open.customer ?? "";
  const method = options.method ?? findMethodFor(ctx, subscriptionOf(open), customerId);
  const intent = ctx.store.paymentIntents.get(
    openPayment(ctx, open.id)?.payment.payment_intent ?? "",
  );
  if (method === undefined || intent === undefined)
    return { invoice: recordFailure(ctx, open, byHand), decline: NO_METHOD };
  const result = attemptPayment(ctx, intent, method, {
    offSession: !isHolderPresent,
    authenticated: isHolderPresent,
    authenticateAt: null,
    decline: ctx.store.settings.billing.failing.includes(customerId) ? DECLINED : undefined,
  });
  if (result.is === "succeeded") {
    const invoice = markPaid(ctx, { ...open, attempt_count: open.attempt_count + 1 });
    openTestCardDispute(ctx, result);
    return { invoice };
  }
  const invoice =
    result.is === "processing" ? recordDebit(ctx, open) : recordFailure(ctx, open, byHand);
  return result.is === "declined" ? { invoice, decline: result.decline } : { invoice };
}
