import { z } from "zod";
import type { Context } from "../context.ts";
import { checkChargeable } from "../currencies.ts";
import {
  discountPerLine,
  findCodeByText,
  type Purchase,
  redeem,
  usableCode,
  usableCoupon,
} from "../discounts/apply.ts";
import type { AppliedDiscount as Chosen } from "../discounts/subscription.ts";
import { ApiError, invalid, missing } from "../errors.ts";
import { list, text } from "../params.ts";
import type { Coupon, LineItem, Session } from "../wire.ts";

/** The `discounts` parameter: one coupon, or one promotion code. */
export const discountParams = list(
  z.strictObject({ coupon: text().optional(), promotion_code: text().optional() }),
  1,
);

type Items = [LineItem, ...LineItem[]];

/** The items of a session with a discount. */
interface DiscountedItems {
  readonly discount: { readonly coupon: string | null; readonly promotion_code: string | null };
  readonly items: Items;
}

function toPurchase(customer: string | null, items: readonly LineItem[]): Purchase {
  return {
    customer,
    currency: items[0]?.currency ?? "usd",
    subtotalMinor: items.reduce((sum, item) => sum + item.amount_subtotal, 0),
    lines: items.map((item) => ({
      product: item.price?.product ?? "",
      amountMinor: item.amount_subtotal,
    })),
  };
}

function applyDiscount([first, ...rest]: Items, coupon: Coupon, purchase: Purchase): Items {
  const discounts = discountPerLine(coupon, purchase.currency, purchase.lines);
  const discountItem = (item: LineItem, index: number): LineItem => {
    const amount_discount = discounts[index] ?? 0;
    return { ...item, amount_discount, amount_total: item.amount_subtotal - amount_discount };
  };
  return [discountItem(first, 0), ...rest.map((item, index) => discountItem(item, index + 1))];
}

/**
 * Returns the requested coupon, if it can be used.
 * @throws {ApiError} 400
 */
export function chooseDiscount(
  ctx: Context,
  params: z.output<typeof discountParams> | undefined,
  purchase: Purchase,
): Chosen | undefined {
  const [requested] = params ?? [];
  if (requested === undefined) return undefined;
  const { coupon: couponId, promotion_code: codeId } = requested;
  if ((couponId === undefined) === (codeId === undefined)) {
    throw invalid(
      "You must pass exactly one of these parameters: coupon, promotion_code.",
      "discounts[0]",
    );
  }
  if (codeId === undefined) {
    return {
      coupon: usableCoupon(ctx, couponId ?? "", purchase, "discounts[0][coupon]"),
      promotionCode: null,
    };
  }
  const param = "discounts[0][promotion_code]";
  const code = ctx.store.promotionCodes.get(codeId);
  if (code === undefined) throw missing("promotion code", codeId, param);
  return { coupon: usableCode(ctx, code, purchase, param), promotionCode: codeId };
}

/**
 * Reads the discount of a new session, and applies it to the items.
 * @throws {ApiError} 400
 */
export function readDiscount(
  ctx: Context,
  params: z.output<typeof discountParams> | undefined,
  customer: string | null,
  items: Items,
): DiscountedItems | undefined {
  const purchase = toPurchase(customer, items);
  const chosen = chooseDiscount(ctx, params, purchase);
  if (chosen === undefined) return undefined;
  const { coupon, promotionCode } = chosen;
  const discount = {
    coupon: promotionCode === null ? coupon.id : null,
    promotion_code: promotionCode,
  };
  return { discount, items: applyDiscount(items, coupon, purchase) };
}

/** Finds the discount of a session, for its subscription. */
export function findSessionDiscount(ctx: Context, session: Session): Chosen | undefined {
  const [
    { coupon: couponId, promotion_code: promotionCode } = { coupon: null, promotion_code: null },
  ] = session.discounts ?? [];
  const id = couponId ?? ctx.store.promotionCodes.get(promotionCode ?? "")?.promotion.coupon;
  const coupon = ctx.store.coupons.get(id ?? "");
  return coupon === undefined ? undefined : { coupon, promotionCode };
}

/** Sums up the items of a session, as far as a discount changes them. */
export function sessionTotals(items: readonly LineItem[]) {
  const sum = (field: "amount_discount" | "amount_subtotal" | "amount_total") =>
    items.reduce((total, item) => total + item[field], 0);
  return {
    amount_subtotal: sum("amount_subtotal"),
    amount_total: sum("amount_total"),
    total_details: { amount_discount: sum("amount_discount"), amount_shipping: 0, amount_tax: 0 },
  };
}

/**
 * Applies the code that was typed on the page. Returns undefined if it cannot be used, or if the
 * rest is too small to be charged.
 */
export function applyTypedCode(ctx: Context, session: Session, typed: string): Session | undefined {
  const basket = ctx.store.baskets.get(session.id);
  const code = findCodeByText(ctx, typed);
  const [first, ...rest] = basket?.items ?? [];
  if (basket === undefined || code === undefined || first === undefined) return undefined;
  try {
    const purchase = toPurchase(session.customer, [first, ...rest]);
    const items = applyDiscount(
      [first, ...rest],
      usableCode(ctx, code, purchase, "promotion_code"),
      purchase,
    );
    const sums = sessionTotals(items);
    if (sums.amount_total !== 0 && checkChargeable(sums.amount_total, purchase.currency) !== "ok")
      return undefined;
    ctx.store.baskets.put({ ...basket, items });
    return ctx.store.sessions.put({
      ...session,
      ...sums,
      discounts: [{ coupon: null, promotion_code: code.id }],
      payment_status: sums.amount_total === 0 ? "no_payment_required" : session.payment_status,
    });
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** Counts the use of a completed session's discount. */
export function redeemDiscounts(ctx: Context, session: Session): void {
  for (const { coupon, promotion_code: codeId } of session.discounts ?? []) {
    const used = coupon ?? ctx.store.promotionCodes.get(codeId ?? "")?.promotion.coupon;
    if (typeof used === "string") redeem(ctx, { coupon: used, promotionCode: codeId });
  }
}
