import type { Context } from "../context.ts";
import { aggregateUsage } from "../resources/meters.ts";
import type { Period } from "../subscriptions/calendar.ts";
import { isMetered } from "../subscriptions/metered.ts";
import type { Invoice, InvoiceLine, Subscription, SubscriptionItem } from "../wire.ts";
import { usageLine } from "./lines.ts";

/**
 * Builds the line for an item's usage in a period. Returns undefined if the item is not metered.
 */
function buildUsageLine(
  ctx: Context,
  item: SubscriptionItem,
  customer: string,
  period: Period,
): InvoiceLine | undefined {
  const meter = ctx.store.meters.get(item.price.recurring?.meter ?? "");
  return meter === undefined
    ? undefined
    : usageLine(ctx, item, period, aggregateUsage(ctx, meter, customer, period.start, period.end));
}

/**
 * Builds the lines for the metered usage of items in their current period, until now. The present
 * second is included, unless another period begins with it.
 */
export function usageLines(
  ctx: Context,
  subscription: Pick<Subscription, "customer" | "status">,
  items: readonly SubscriptionItem[],
  isFollowed = false,
): InvoiceLine[] {
  // Usage in a trial is free.
  if (subscription.status === "trialing") return [];
  return items.flatMap((item) => {
    const start = Math.max(item.current_period_start, item.created);
    const end = Math.min(item.current_period_end, ctx.nowSeconds() + (isFollowed ? 0 : 1));
    return buildUsageLine(ctx, item, subscription.customer, { start, end }) ?? [];
  });
}

/**
 * Returns the lines of a draft with the usage that was reported since it was created: usage that
 * arrives while the draft is open counts
 * (docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api).
 */
export function withLateUsage(ctx: Context, draft: Invoice): readonly InvoiceLine[] {
  return draft.lines.data.map((line) => {
    const { subscription = null, subscription_item: itemId = "" } =
      line.parent?.subscription_item_details ?? {};
    const item = ctx.store.subscriptions
      .get(subscription ?? "")
      ?.items.data.find(({ id }) => id === itemId);
    if (
      item === undefined ||
      !isMetered(item.price) ||
      item.price.id !== line.pricing?.price_details?.price
    )
      return line;
    const { id, invoice, metadata } = line;
    return {
      ...line,
      ...buildUsageLine(ctx, item, draft.customer ?? "", line.period),
      id,
      invoice,
      metadata,
    };
  });
}
