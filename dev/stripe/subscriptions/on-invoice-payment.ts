import type { Context } from "../context.ts";
import type { Invoice } from "../wire.ts";
import { changeSubscription, endSubscription, subscriptionOf } from "./change.ts";
import { applyPendingUpdate, isPendingInvoice } from "./pending-update.ts";
import { endResumption, findResumption } from "./resumption.ts";

const WAITING_FOR_MONEY = ["incomplete", "past_due", "unpaid"];

/** Updates a subscription after an invoice was paid. The newest invoice decides. */
export function onInvoicePaid(ctx: Context, invoice: Invoice): void {
  const subscription = ctx.store.subscriptions.get(subscriptionOf(invoice) ?? "");
  if (subscription === undefined || subscription.latest_invoice !== invoice.id) return;
  if (subscription.pending_update !== null) {
    applyPendingUpdate(ctx, subscription);
    return;
  }
  if (findResumption(ctx, invoice.id) !== undefined) endResumption(ctx, subscription, "active");
  if (WAITING_FOR_MONEY.includes(subscription.status))
    changeSubscription(ctx, subscription, { status: "active" });
}

/** Updates a subscription whose first payment is a bank debit that is under way. */
export function onDebitStarted(ctx: Context, invoice: Invoice): void {
  const subscription = ctx.store.subscriptions.get(subscriptionOf(invoice) ?? "");
  if (subscription?.latest_invoice === invoice.id && subscription.status === "incomplete")
    changeSubscription(ctx, subscription, { status: "active" });
}

/**
 * Updates a subscription whose newest invoice is not to be paid any more. One that waited for the
 * money is active again; one that never began has expired
 * (docs.stripe.com/billing/subscriptions/overview).
 */
export function onInvoiceGivenUp(ctx: Context, invoice: Invoice): void {
  const subscription = ctx.store.subscriptions.get(subscriptionOf(invoice) ?? "");
  if (subscription?.latest_invoice !== invoice.id) return;
  if (subscription.pending_update !== null && invoice.status === "void") {
    changeSubscription(
      ctx,
      subscription,
      { pending_update: null },
      "customer.subscription.pending_update_expired",
    );
    return;
  }
  if (findResumption(ctx, invoice.id) !== undefined) {
    if (invoice.status === "void") ctx.store.resumptions.remove(invoice.id);
    else endResumption(ctx, subscription, "active");
    return;
  }
  if (subscription.status === "past_due" || subscription.status === "unpaid")
    changeSubscription(ctx, subscription, { status: "active" });
  if (subscription.status === "incomplete" && invoice.status === "void")
    changeSubscription(ctx, subscription, {
      status: "incomplete_expired",
      ended_at: ctx.nowSeconds(),
    });
}

/**
 * Updates a subscription whose resumption was left to others to pay, after an attempt of theirs
 * failed.
 */
export function onResumptionFailed(ctx: Context, invoice: Invoice): void {
  const subscription = ctx.store.subscriptions.get(subscriptionOf(invoice) ?? "");
  if (subscription !== undefined && findResumption(ctx, invoice.id)?.isAttempted === false)
    endResumption(ctx, subscription, "past_due");
}

/** Updates a subscription after a failed attempt; after the last one, as the settings say. */
export function onInvoiceFailed(ctx: Context, invoice: Invoice): void {
  const subscription = ctx.store.subscriptions.get(subscriptionOf(invoice) ?? "");
  if (
    subscription === undefined ||
    isPendingInvoice(subscription, invoice) ||
    !["active", "trialing", "past_due"].includes(subscription.status)
  )
    return;
  const isOver = invoice.next_payment_attempt === null && invoice.auto_advance === true;
  const { afterRetries } = ctx.store.settings.billing;
  if (isOver && afterRetries === "canceled") endSubscription(ctx, subscription, "payment_failed");
  else changeSubscription(ctx, subscription, { status: isOver ? afterRetries : "past_due" });
}
