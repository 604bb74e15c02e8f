import type { Context } from "../context.ts";
import { discountSubscription } from "../discounts/subscription.ts";
import { ApiError, invalid } from "../errors.ts";
import { emit } from "../events.ts";
import { newId } from "../ids.ts";
import { collectInvoice, findMethodFor, NO_METHOD } from "../invoices/collect.ts";
import { draftInvoice } from "../invoices/draft.ts";
import { finalizeInvoice } from "../invoices/finalize.ts";
import { onceLine, periodLine } from "../invoices/lines.ts";
import type { InvoiceLine, LineItem, PaymentIntent, Subscription } from "../wire.ts";
import { buildSubscription, currentPeriod, type SubscriptionParams } from "./build.ts";
import { isMetered } from "./metered.ts";
import { sendTrialEndNotice, trialNoticeAt } from "./trial.ts";

/** The way in which the first invoice is paid. */
export type FirstPayment =
  /** It has already been paid by a checkout, or its bank debit is under way. */
  | { readonly by: "intent"; readonly intent: PaymentIntent | undefined }
  /**
   * The customer's card is charged now. If it is declined, the subscription is `incomplete`, or not
   * created at all.
   */
  | { readonly by: "charge"; readonly ifDeclined: "incomplete" | "error" }
  /** The caller will confirm the invoice's intent. */
  | { readonly by: "confirmation" };

const isDefined = (line: InvoiceLine | undefined): line is InvoiceLine => line !== undefined;

/**
 * Begins a subscription with its first invoice, which is finalized and paid at once.
 * @param soldOnce one-time items on the first invoice
 * @throws {ApiError} 400 if there is no method to charge, 402 if the card is declined and
 *   `ifDeclined` is `error`
 */
export function beginSubscription(
  ctx: Context,
  params: SubscriptionParams,
  payment: FirstPayment,
  soldOnce: readonly LineItem[] = [],
): Subscription {
  const now = ctx.nowSeconds();
  const isTrial = params.trialEndSeconds !== null;
  const invoiceId = newId("in", 23, "1");
  const status = isTrial ? "trialing" : payment.by === "intent" ? "active" : "incomplete";
  const created = ctx.store.subscriptions.put(buildSubscription(ctx, params, status, invoiceId));
  const subscription =
    params.discount === undefined ? created : discountSubscription(ctx, created, params.discount);
  const draft = draftInvoice(ctx, {
    id: invoiceId,
    subscription,
    reason: "subscription_create",
    period: { start: now, end: now },
    autoAdvance: false,
    lines: [
      ...soldOnce.map((soldItem) => onceLine(soldItem, subscription.id, now)).filter(isDefined),
      ...subscription.items.data
        .filter((item) => !isMetered(item.price))
        .map((item) => periodLine(ctx, item, currentPeriod(subscription), isTrial)),
    ],
  });
  if (
    payment.by === "charge" &&
    draft.amount_due > 0 &&
    findMethodFor(ctx, subscription.id, params.customerId) === undefined
  ) {
    throw invalid(NO_METHOD.message, undefined, NO_METHOD.code);
  }
  emit(ctx, "customer.subscription.created", subscription);
  if (isTrial && (trialNoticeAt(subscription) ?? Infinity) <= now)
    sendTrialEndNotice(ctx, subscription);
  const invoice = finalizeInvoice(ctx, draft, payment.by === "intent" ? payment.intent : undefined);
  if (payment.by === "charge" && invoice.status === "open") {
    const { decline } = collectInvoice(ctx, invoice);
    if (decline !== undefined && payment.ifDeclined === "error") {
      const { code, declineCode, message } = decline;
      throw new ApiError(402, { type: "card_error", code, decline_code: declineCode, message });
    }
  }
  return ctx.store.subscriptions.get(subscription.id) ?? subscription;
}
