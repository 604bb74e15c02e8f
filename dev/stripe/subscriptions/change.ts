import type { Context } from "../context.ts";
import { emit, previousAttributes } from "../events.ts";
import type { EventType, Subscription } from "../wire.ts";

type Extra =
  | Extract<EventType, `customer.subscription.${"paused" | "resumed"}`>
  | Extract<EventType, `customer.subscription.pending_update_${"applied" | "expired"}`>;

/**
 * Stores changes of a subscription and emits an event with the former values. Does nothing if
 * nothing changed.
 * @param extra the type of a second event that goes before `customer.subscription.updated`
 */
export function changeSubscription(
  ctx: Context,
  before: Subscription,
  changes: Partial<Subscription>,
  extra?: Extra,
): Subscription {
  const after: Subscription = { ...before, ...changes };
  const previous = previousAttributes(before, after);
  if (previous === undefined) return before;
  ctx.store.subscriptions.put(after);
  if (extra !== undefined) emit(ctx, extra, after);
  emit(ctx, "customer.subscription.updated", after, previous);
  return after;
}

/**
 * Ends a subscription now. Nothing more is charged for it automatically: its unpaid invoices stay
 * as they are.
 */
export function endSubscription(
  ctx: Context,
  before: Subscription,
  reason: "cancellation_requested" | "payment_failed",
  changes: Partial<Subscription> = {},
): Subscription {
  for (const invoice of ctx.store.invoices.oldestFirst()) {
    const isWaiting = invoice.status === "draft" || invoice.status === "open";
    if (isWaiting && subscriptionOf(invoice) === before.id) {
      ctx.store.invoices.put({
        ...invoice,
        auto_advance: false,
        automatically_finalizes_at: null,
        next_payment_attempt: null,
      });
    }
  }
  const ended = ctx.store.subscriptions.put({
    ...before,
    status: "canceled",
    canceled_at: before.canceled_at ?? ctx.nowSeconds(),
    ended_at: ctx.nowSeconds(),
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      ...before.cancellation_details,
      reason: before.cancellation_details?.reason ?? reason,
    },
    pause_collection: null,
    ...changes,
  });
  emit(ctx, "customer.subscription.deleted", ended);
  return ended;
}

/** Returns the id of an invoice's subscription. */
export const subscriptionOf = (invoice: {
  readonly parent: {
    readonly subscription_details: { readonly subscription: string } | null;
  } | null;
}): string | undefined => invoice.parent?.subscription_details?.subscription;
