import type { Context } from "../context.ts";
import { newId } from "../ids.ts";
import { findMethodFor } from "../invoices/collect.ts";
import { draftInvoice } from "../invoices/draft.ts";
import { finalizeInvoice } from "../invoices/finalize.ts";
import { periodLine } from "../invoices/lines.ts";
import { takePendingLines } from "../invoices/pending.ts";
import { usageLines } from "../invoices/usage.ts";
import { voidInvoice } from "../invoices/void.ts";
import type { Invoice, Subscription } from "../wire.ts";
import { currentPeriod, recurringOf, toItemList } from "./build.ts";
import { periodAt } from "./calendar.ts";
import { changeSubscription, endSubscription } from "./change.ts";
import { isMetered } from "./metered.ts";
import { pausedFields } from "./pause.ts";

/**
 * Handles the end of a trial without a payment method. Returns true if the subscription does not
 * continue.
 */
function endsWithoutMethod(ctx: Context, subscription: Subscription): boolean {
  const behaviour = subscription.trial_settings?.end_behavior.missing_payment_method;
  if (findMethodFor(ctx, subscription.id, subscription.customer) !== undefined) return false;
  if (behaviour === "cancel") endSubscription(ctx, subscription, "cancellation_requested");
  if (behaviour === "pause")
    changeSubscription(
      ctx,
      subscription,
      pausedFields(ctx, "trial_end_without_payment_method"),
      "customer.subscription.paused",
    );
  return behaviour === "cancel" || behaviour === "pause";
}

/** Handles an invoice while collection is paused: it is created but not collected. */
function skipCollection(ctx: Context, draft: Invoice, behaviour: string | undefined): void {
  if (behaviour !== "void" && behaviour !== "mark_uncollectible") return;
  const open = finalizeInvoice(ctx, draft);
  if (open.status === "open")
    voidInvoice(ctx, open, behaviour === "void" ? "void" : "uncollectible");
}

/**
 * Begins the next period of a subscription after the last one, or after the trial, and drafts its
 * invoice.
 */
export function renew(ctx: Context, before: Subscription): void {
  const wasTrial = before.status === "trialing";
  if (wasTrial && endsWithoutMethod(ctx, before)) return;
  const { end } = currentPeriod(before);
  const items = before.items.data.map((item) => {
    const next = periodAt(before.billing_cycle_anchor, recurringOf(item.price), end);
    return { ...item, current_period_start: next.start, current_period_end: next.end };
  });
  const id = newId("in", 23, "1");
  const pause = before.pause_collection?.behavior;
  const draft = draftInvoice(ctx, {
    id,
    subscription: before,
    lines: [
      ...takePendingLines(ctx, before.id),
      ...usageLines(ctx, before, before.items.data),
      ...items
        .filter((item) => !isMetered(item.price))
        .map((item) =>
          periodLine(
            ctx,
            item,
            { start: item.current_period_start, end: item.current_period_end },
            false,
          ),
        ),
    ],
    reason: "subscription_cycle",
    // The invoice has the past period; its lines have the next one.
    period: currentPeriod(before),
    autoAdvance: before.status !== "unpaid" && pause === undefined,
  });
  // The invoice may have used up a discount of the subscription.
  changeSubscription(ctx, ctx.store.subscriptions.get(before.id) ?? before, {
    items: toItemList(before.id, items),
    latest_invoice: id,
    ...(wasTrial ? { status: "active" } : {}),
  });
  skipCollection(ctx, draft, pause);
}

/** Ends a subscription at its scheduled time. Usage and pending lines are billed last. */
export function endAsScheduled(ctx: Context, before: Subscription): void {
  const lines = [
    ...takePendingLines(ctx, before.id),
    ...usageLines(ctx, before, before.items.data),
  ];
  if (lines.every((line) => line.amount === 0)) {
    endSubscription(ctx, before, "cancellation_requested");
    return;
  }
  const id = newId("in", 23, "1");
  const ended = endSubscription(ctx, before, "cancellation_requested", { latest_invoice: id });
  draftInvoice(ctx, {
    id,
    subscription: ended,
    lines,
    reason: "subscription_cycle",
    period: currentPeriod(before),
    autoAdvance: true,
  });
}
