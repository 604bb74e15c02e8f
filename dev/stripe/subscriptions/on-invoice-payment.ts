import type { Context } from "../context.ts";
import type { Invoice } from "../wire.ts";
import { changeSubscription, endSubscription, subscriptionOf } from "./change.ts";

const WAITING_FOR_MONEY = ["incomplete", "past_due", "unpaid"];

/** Updates a subscription after an invoice was paid. The newest invoice decides. */
export function onInvoicePaid(ctx: Context, invoice: Invoice): void {
  const subscription = ctx.store.subscriptions.get(subscriptionOf(invoice) ?? "");
  if (subscription === undefined || subscription.latest_invoice !== invoice.id) return;
  if (WAITING_FOR_MONEY.includes(subscription.status))
    changeSubscription(ctx, subscription, { status: "active" });
}

/** Updates a subscription after a failed attempt; after the last one, as the settings say. */
export function onInvoiceFailed(ctx: Context, invoice: Invoice): void {
  const subscription = ctx.store.subscriptions.get(subscriptionOf(invoice) ?? "");
  if (
    subscription === undefined ||
    !["active", "trialing", "past_due"].includes(subscription.status)
  )
    return;
  const isOver = invoice.next_payment_attempt === null && invoice.auto_advance === true;
  const { afterRetries } = ctx.store.settings.billing;
  if (isOver && afterRetries === "canceled") endSubscription(ctx, subscription, "payment_failed");
  else changeSubscription(ctx, subscription, { status: isOver ? afterRetries : "past_due" });
}
