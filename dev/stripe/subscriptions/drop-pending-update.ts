import type { Context } from "../context.ts";
import { voidInvoice } from "../invoices/void.ts";
import type { Subscription } from "../wire.ts";
import { changeSubscription } from "./change.ts";

/** Drops the change that waits for a payment, and voids its invoice. */
export function dropPendingUpdate(ctx: Context, before: Subscription): Subscription {
  if (before.pending_update === null) return before;
  const dropped = changeSubscription(
    ctx,
    before,
    { pending_update: null },
    "customer.subscription.pending_update_expired",
  );
  const invoice = ctx.store.invoices.get(before.latest_invoice ?? "");
  if (invoice?.status === "open") voidInvoice(ctx, invoice);
  return ctx.store.subscriptions.get(before.id) ?? dropped;
}
