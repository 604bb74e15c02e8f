import type { Context } from "../context.ts";
import { invalid } from "../errors.ts";
import { newId } from "../ids.ts";
import type { StoredDiscount } from "../store.ts";
import type { Coupon, Invoice, InvoiceLine, Subscription } from "../wire.ts";
import { discountPerLine } from "./apply.ts";

/** A coupon, and the promotion code that led to it. */
export interface AppliedDiscount {
  readonly coupon: Coupon;
  readonly promotionCode: string | null;
}

/** The end of the months that a repeating coupon is good for; null is for ever. */
function discountEnd(coupon: Coupon, startSeconds: number): number | null {
  if (coupon.duration !== "repeating") return null;
  const end = new Date(startSeconds * 1000);
  end.setUTCMonth(end.getUTCMonth() + (coupon.duration_in_months ?? 1));
  return Math.floor(end.getTime() / 1000);
}

/** Puts a discount on a subscription that begins. */
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
 * Whether a discount takes something off a line. Time that is given back was paid for at what it
 * cost then, so its discount is given back with it, also when the subscription has the discount no
 * more.
 */
function appliesTo(discount: StoredDiscount, line: InvoiceLine): boolean {
  const at = line.period.start;
  if (line.amount < 0) return discount.usedUntil !== null && at < discount.usedUntil;
  const isSpent = discount.coupon.duration === "once" && discount.usedUntil !== null;
  return !isSpent && (discount.end === null || at < discount.end);
}

const lineProduct = (line: InvoiceLine): string => line.pricing?.price_details?.product ?? "";

/**
 * What a discount takes off each line, in minor units; less than nothing where time is given back.
 */
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
      "The local Stripe prorates a discounted subscription only where the discount is a percentage and `billing_mode[flexible][proration_discounts]` is `itemized`.",
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

/** The lines of an invoice with what the subscription's discounts take off them. */
export function discountLines(
  ctx: Context,
  subscription: string,
  lines: readonly InvoiceLine[],
): readonly InvoiceLine[] {
  const discounts = ctx.store.discounts
    .oldestFirst()
    .filter((row) => row.subscription === subscription);
  return discounts.reduce<readonly InvoiceLine[]>((before, discount) => {
    const off = discountAmounts(ctx, discount, before);
    return before.map((line, index) => {
      const amount = off[index] ?? 0;
      if (amount === 0) return line;
      return {
        ...line,
        discount_amounts: [...(line.discount_amounts ?? []), { amount, discount: discount.id }],
      };
    });
  }, lines);
}

/** What was taken off in all, by discount, as an invoice tells it. */
export function discountTotals(
  lines: readonly InvoiceLine[],
): NonNullable<Invoice["total_discount_amounts"]> {
  const parts = lines.flatMap((line) => line.discount_amounts ?? []);
  return [...Map.groupBy(parts, (part) => part.discount)].map(([discount, ofIt]) => ({
    amount: sum(ofIt.map((part) => part.amount)),
    discount,
  }));
}

/** What was taken off in all. */
export const totalDiscount = (lines: readonly InvoiceLine[]): number =>
  sum(discountTotals(lines).map((total) => total.amount));

/**
 * Notes that an invoice was made with its discounts: one that counts `once` leaves the
 * subscription.
 */
export function recordDiscountUse(
  ctx: Context,
  subscriptionId: string,
  lines: readonly InvoiceLine[],
): void {
  for (const { discount: id, amount } of discountTotals(lines)) {
    const row = ctx.store.discounts.get(id);
    if (row === undefined || amount <= 0) continue;
    const usedUntil = Math.max(row.usedUntil ?? 0, ...lines.map((line) => line.period.end));
    ctx.store.discounts.put({ ...row, usedUntil: usedUntil });
    const subscription = ctx.store.subscriptions.get(subscriptionId);
    if (subscription !== undefined && row.coupon.duration === "once") {
      const discounts = subscription.discounts.filter((one) => one !== id);
      ctx.store.subscriptions.put({ ...subscription, discounts });
    }
  }
}
