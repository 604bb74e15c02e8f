import type { Context } from "../context.ts";
import { voidInvoice } from "../invoices/void.ts";
import type { Subscription } from "../wire.ts";
import { changeSubscription } from "./change.ts";

/** Ends a subscription whose first invoice was not paid, and voids that. */
export function expireIncomplete(ctx: Context, subscription: Subscription): Subscription {
  const invoice = ctx.store.invoices.get(subscription.latest_invoice ?? "");
  // Voiding it ends the subscription too.
  if (invoice?.status === "open") voidInvoice(ctx, invoice);
  else {
    const ended = { status: "incomplete_expired", ended_at: ctx.nowSeconds() } as const;
    changeSubscription(ctx, subscription, ended);
  }
  return ctx.store.subscriptions.get(subscription.id) ?? subscription;
}
