import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { newId } from "../ids.ts";
import type { StoredDiscount } from "../store.ts";
import type { Coupon, Invoice, InvoiceLine, Subscription } from "../wire.ts";
import { discountPerLine } from "./apply.ts";

/** A coupon, and the promotion code that it came by. */
export interface AppliedDiscount {
  readonly coupon: Coupon;
  readonly promotionCode: string | null;
}

/** Returns the end of a repeating coupon; null for no end. */
function discountEnd(coupon: Coupon, startSeconds: number): number | null {
  if (coupon.duration !== "repeating") return null;
  const end = new Date(startSeconds * 1000);
  end.setUTCMonth(end.getUTCMonth() + (coupon.duration_in_months ?? 1));
  return Math.floor(end.getTime() / 1000);
}

/** Applies a discount to a new subscription. */
export function discountSubscription(
  ctx: Context,
  subscription: Subscription,
  { coupon, promotionCode }: AppliedDiscount,
): Subscription {
  const start = ctx.nowSeconds();
  const { id } = ctx.store.discounts.put({
    id: newId("di", 23, "1"),
    subscription: subscription.id,
    coupon,
    promotionCode,
    start,
    end: discountEnd(coupon, start),
    usedUntil: null,
  });
  return ctx.store.subscriptions.put({ ...subscription, discounts: [id] });
}

const isProration = (line: InvoiceLine): boolean =>
  line.parent?.subscription_item_details?.proration === true;

/**
 * Returns whether a discount applies to a line. A credit for unused time was paid with the discount
 * of that time, which is subtracted from the credit even if the subscription no longer has it.
 */
function appliesTo(discount: StoredDiscount, line: InvoiceLine): boolean {
  const start = line.period.start;
  if (line.amount < 0) return discount.usedUntil !== null && start < discount.usedUntil;
  const isSpent = discount.coupon.duration === "once" && discount.usedUntil !== null;
  return !isSpent && (discount.end === null || start < discount.end);
}

const lineProduct = (line: InvoiceLine): string => line.pricing?.price_details?.product ?? "";

/** Returns the discount of each line, in minor units; it is negative for credited time. */
function discountAmounts(
  ctx: Context,
  discount: StoredDiscount,
  lines: readonly InvoiceLine[],
): number[] {
  const mode = ctx.store.subscriptions.get(discount.subscription)?.billing_mode.flexible
    ?.proration_discounts;
  const isProrated = lines.some((line) => appliesTo(discount, line) && isProration(line));
  if (isProrated && (mode !== "itemized" || discount.coupon.percent_off === null)) {
    throw invalid(
      "The local Stripe prorates a discounted subscription only where the discount is a " +
        "percentage and `billing_mode[flexible][proration_discounts]` is `itemized`.",
    );
  }
  return discountPerLine(
    discount.coupon,
    lines[0]?.currency ?? "usd",
    lines.map((line) => ({
      product: lineProduct(line),
      amountMinor: appliesTo(discount, line) ? line.amount : 0,
    })),
  );
}

const sum = (amounts: readonly number[]): number =>
  amounts.reduce((total, amount) => total + amount, 0);

/** Returns the lines of an invoice with the subscription's discounts applied. */
export function discountLines(
  ctx: Context,
  subscription: string,
  lines: readonly InvoiceLine[],
): readonly InvoiceLine[] {
  const discounts = ctx.store.discounts
    .oldestFirst()
    .filter((discount) => discount.subscription === subscription);
  return discounts.reduce<readonly InvoiceLine[]>((discounted, discount) => {
    const amounts = discountAmounts(ctx, discount, discounted);
    return discounted.map((line, index) => {
      const amount = amounts[index] ?? 0;
      if (amount === 0) return line;
      return {
        ...line,
        discount_amounts: [...(line.discount_amounts ?? []), { amount, discount: discount.id }],
      };
    });
  }, lines);
}

/** Sums up the discounts of an invoice by discount. */
export function discountTotals(
  lines: readonly InvoiceLine[],
): NonNullable<Invoice["total_discount_amounts"]> {
  const parts = lines.flatMap((line) => line.discount_amounts ?? []);
  return [...Map.groupBy(parts, (part) => part.discount)].map(([discount, group]) => ({
    amount: sum(group.map((part) => part.amount)),
    discount,
  }));
}

/** Sums up all discounts of the lines. */
export const totalDiscount = (lines: readonly InvoiceLine[]): number =>
  sum(discountTotals(lines).map((total) => total.amount));

/**
 * Records that an invoice used its discounts: one with the duration `once` is removed from the
 * subscription.
 */
export function recordDiscountUse(
  ctx: Context,
  subscriptionId: string,
  lines: readonly InvoiceLine[],
): void {
  for (const { discount: id, amount } of discountTotals(lines)) {
    const discount = ctx.store.discounts.get(id);
    if (discount === undefined || amount <= 0) continue;
    const usedUntil = Math.max(discount.usedUntil ?? 0, ...lines.map((line) => line.period.end));
    ctx.store.discounts.put({ ...discount, usedUntil });
    const subscription = ctx.store.subscriptions.get(subscriptionId);
    if (subscription !== undefined && discount.coupon.duration === "once") {
      const discounts = subscription.discounts.filter((one) => one !== id);
      ctx.store.subscriptions.put({ ...subscription, discounts });
    }
  }
}
