import type { Context } from "../context.ts";
import { findPrice } from "../resources/prices.ts";
import { currentPeriod } from "../subscriptions/build.ts";
import { subscriptionOf } from "../subscriptions/change.ts";
import { isMetered } from "../subscriptions/metered.ts";
import { isPendingInvoice } from "../subscriptions/pending-update.ts";
import type { InvoiceLine, Subscription, SubscriptionItem } from "../wire.ts";
import { creditLine, unusedLine } from "./lines.ts";
import { pendingLines } from "./pending.ts";

/** A line that charged for time of an item. */
interface Debit {
  readonly line: InvoiceLine;
  /** Its invoice; null while it waits for one. */
  readonly invoice: string | null;
}

const detailsOf = (line: InvoiceLine) => line.parent?.subscription_item_details ?? null;

/**
 * Lists the lines of an item that are billed, or will be, oldest first. A change that waits for its
 * payment has charged and credited nothing yet.
 */
function linesOf(ctx: Context, subscription: Subscription, item: SubscriptionItem): Debit[] {
  const isOfItem = (line: InvoiceLine) => detailsOf(line)?.subscription_item === item.id;
  const billed = ctx.store.invoices
    .oldestFirst()
    .filter(
      (invoice) =>
        invoice.status !== "void" &&
        subscriptionOf(invoice) === subscription.id &&
        !isPendingInvoice(subscription, invoice),
    )
    .flatMap(({ id: invoice, lines }) =>
      lines.data.filter(isOfItem).map((line) => ({ line, invoice })),
    );
  const pending = pendingLines(ctx, subscription.id)
    .filter(isOfItem)
    .map((line) => ({ line, invoice: null }));
  return [...billed, ...pending];
}

/** Lists what was charged for time of an item from a time on, and has not been credited yet. */
function openDebits(
  ctx: Context,
  subscription: Subscription,
  item: SubscriptionItem,
  atSeconds: number,
): Debit[] {
  let open: Debit[] = [];
  for (const { line, invoice } of linesOf(ctx, subscription, item)) {
    const credited = detailsOf(line)?.proration_details?.credited_items?.invoice_line_items;
    if (line.amount > 0) open.push({ line, invoice });
    // One that names none credits what waited beside it.
    else if (line.amount < 0)
      open = open.filter((debit) =>
        credited === undefined ? debit.invoice !== invoice : !credited.includes(debit.line.id),
      );
  }
  return open.filter(({ line }) => line.period.end > atSeconds);
}

/**
 * Builds the lines that credit the rest of an item's time. In the flexible billing mode there is
 * one for each charge for that time, at what was charged; in the classic one the current price
 * counts (docs.stripe.com/billing/subscriptions/billing-mode/compare).
 */
export function creditLines(
  ctx: Context,
  subscription: Subscription,
  item: SubscriptionItem,
  atSeconds: number,
): InvoiceLine[] {
  if (isMetered(item.price)) return [];
  if (subscription.billing_mode.type === "classic")
    return [unusedLine(ctx, item, currentPeriod(subscription), atSeconds)];
  return openDebits(ctx, subscription, item, atSeconds).map(({ line, invoice }) => {
    const priceId = line.pricing?.price_details?.price ?? "";
    const price = priceId === item.price.id ? item.price : findPrice(ctx, priceId);
    const debited = { ...item, price, quantity: line.quantity ?? 1 };
    return creditLine(ctx, debited, { ...line, invoice }, atSeconds);
  });
}
