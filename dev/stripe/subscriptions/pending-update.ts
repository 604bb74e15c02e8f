import type { Context } from "../context.ts";
import type { Invoice, Subscription } from "../wire.ts";
import { toItemList } from "./build.ts";
import { changeSubscription } from "./change.ts";
import { sendTrialEndNotice } from "./trial.ts";

/** The time that a change may wait for its payment. */
export const PENDING_TTL_SECONDS = 23 * 3600;

/** Returns whether an invoice is the one that a change of a subscription waits for. */
export const isPendingInvoice = (subscription: Subscription, invoice: Invoice): boolean =>
  subscription.pending_update !== null && subscription.latest_invoice === invoice.id;

/** Makes the change that waited for the payment of an invoice. */
export function applyPendingUpdate(ctx: Context, before: Subscription): Subscription {
  const { pending_update: pending } = before;
  if (pending === null) return before;
  const items = pending.subscription_items ?? before.items.data;
  if (pending.trial_end !== null) sendTrialEndNotice(ctx, before);
  return changeSubscription(
    ctx,
    before,
    {
      pending_update: null,
      items: toItemList(before.id, items),
      billing_cycle_anchor: pending.billing_cycle_anchor ?? before.billing_cycle_anchor,
      ...(pending.trial_end === null ? {} : { status: "active", trial_end: pending.trial_end }),
    },
    "customer.subscription.pending_update_applied",
  );
}
