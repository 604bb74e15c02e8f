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

/** How the first money comes. */
export type FirstPayment =
  /** It has come already: by a checkout. */
  | { readonly by: "intent"; readonly intent: PaymentIntent | undefined }
  /**
   * The customer's card is charged now. A decline leaves the subscription `incomplete`, or undoes
   * it all.
   */
  | { readonly by: "charge"; readonly ifDeclined: "incomplete" | "error" }
  /** Whoever asked will confirm the invoice's intent. */
  | { readonly by: "confirmation" };

const isDefined = (line: InvoiceLine | undefined): line is InvoiceLine => line !== undefined;

/**
 * Begins a subscription: with its first invoice, which is closed and paid at once.
 * @param soldOnce what the first invoice has besides
 * @throws {ApiError} 400 where there is nothing to charge, 402 where the card is declined and that
 *   is to be an error
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
  const built = ctx.store.subscriptions.put(buildSubscription(ctx, params, status, invoiceId));
  const subscription =
    params.discount === undefined ? built : discountSubscription(ctx, built, params.discount);
  const draft = draftInvoice(ctx, {
    id: invoiceId,
    subscription,
    reason: "subscription_create",
    period: { start: now, end: now },
    autoAdvance: false,
    lines: [
      ...soldOnce.map((sold) => onceLine(sold, subscription.id, now)).filter(isDefined),
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
