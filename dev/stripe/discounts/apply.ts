import type { Context } from "../context.ts";
import { formatMoney, roundAmount } from "../currencies.ts";
import { type ApiError, invalid, missing } from "../errors.ts";
import type { Coupon, PromotionCode } from "../wire.ts";

/** A line to which a discount applies. */
export interface Discountable {
  readonly product: string;
  readonly amountMinor: number;
}

/**
 * Returns the discount of each line, in minor units. A percentage is rounded per line; a fixed
 * amount is spread over the lines in proportion, and is at most their total.
 */
export function discountPerLine(
  coupon: Coupon,
  currency: string,
  lines: readonly Discountable[],
): number[] {
  const products = coupon.applies_to?.products;
  const amounts = lines.map((line) =>
    products === undefined || products.includes(line.product) ? line.amountMinor : 0,
  );
  if (coupon.percent_off !== null) {
    const percent = coupon.percent_off;
    return amounts.map((amount) => roundAmount((amount * percent) / 100, currency));
  }
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const totalOff = Math.min(total, amountOff(coupon, currency) ?? 0);
  let allocated = 0;
  let runningTotal = 0;
  return amounts.map((amount) => {
    runningTotal += amount;
    const allocatedSoFar = total === 0 ? 0 : Math.floor((totalOff * runningTotal) / total);
    const share = allocatedSoFar - allocated;
    allocated = allocatedSoFar;
    return share;
  });
}

/** Returns the fixed amount of a coupon in a currency, if it has one. */
const amountOff = (coupon: Coupon, currency: string): number | undefined =>
  coupon.currency === currency
    ? (coupon.amount_off ?? undefined)
    : coupon.currency_options?.[currency]?.amount_off;

/** The purchase for which a coupon or a code is used. */
export interface Purchase {
  readonly customer: string | null;
  readonly currency: string;
  readonly subtotalMinor: number;
  readonly lines: readonly Discountable[];
}

/**
 * Returns a coupon that can be used.
 * @throws {ApiError} 400, also if it does not apply to the purchase
 */
export function usableCoupon(ctx: Context, id: string, purchase: Purchase, param: string): Coupon {
  const coupon = ctx.store.coupons.get(id);
  if (coupon === undefined) throw missing("coupon", id, param);
  if (!coupon.valid) throw invalid(`Coupon expired: ${id}`, param, "coupon_expired");
  if (coupon.percent_off === null && amountOff(coupon, purchase.currency) === undefined) {
    throw invalid(
      `The coupon specified only supports \`${coupon.currency}\`. ` +
        `This doesn't match the expected currency: \`${purchase.currency}\`.`,
      param,
    );
  }
  const products = coupon.applies_to?.products;
  if (products !== undefined && !purchase.lines.some((line) => products.includes(line.product))) {
    throw invalid(`The coupon ${id} applies to nothing in this purchase.`, param);
  }
  return coupon;
}

/**
 * Returns whether a customer has bought before, as a code for first purchases sees it: an invoice
 * counts even if it is open or void.
 */
function hasBought({ store }: Context, customer: string | null): boolean {
  if (customer === null) return false;
  return (
    store.charges
      .oldestFirst()
      .some((charge) => charge.customer === customer && charge.status === "succeeded") ||
    store.invoices
      .oldestFirst()
      .some((invoice) => invoice.customer === customer && invoice.status !== "draft")
  );
}

function findCodeProblem(
  ctx: Context,
  code: PromotionCode,
  purchase: Purchase,
): string | undefined {
  if (code.customer !== null && code.customer !== purchase.customer)
    return "it belongs to another customer";
  const {
    first_time_transaction: isForFirst,
    minimum_amount: minimum,
    minimum_amount_currency: currency,
  } = code.restrictions;
  if (isForFirst && hasBought(ctx, purchase.customer))
    return "the associated customer has prior transactions";
  const minimumInCurrency =
    currency === purchase.currency
      ? minimum
      : code.restrictions.currency_options?.[purchase.currency]?.minimum_amount;
  if (minimum !== null && (minimumInCurrency === undefined || minimumInCurrency === null))
    return `it has no minimum amount in ${purchase.currency}`;
  if (typeof minimumInCurrency === "number" && purchase.subtotalMinor < minimumInCurrency) {
    return `it requires a minimum amount of ${formatMoney(minimumInCurrency, purchase.currency)}`;
  }
  return undefined;
}

/**
 * Returns the coupon of a promotion code that can be used.
 * @throws {ApiError} 400
 */
export function usableCode(
  ctx: Context,
  code: PromotionCode,
  purchase: Purchase,
  param: string,
): Coupon {
  const refuse = (reason: string): ApiError =>
    invalid(`This promotion code cannot be redeemed because ${reason}.`, param);
  if (!code.active) throw refuse("it is not active");
  const problem = findCodeProblem(ctx, code, purchase);
  if (problem !== undefined) throw refuse(problem);
  return usableCoupon(ctx, code.promotion.coupon ?? "", purchase, param);
}

/** Finds the active promotion code that a person typed. Case does not matter. */
export const findCodeByText = (ctx: Context, typed: string): PromotionCode | undefined =>
  ctx.store.promotionCodes
    .oldestFirst()
    .find((row) => row.active && row.code.toLowerCase() === typed.trim().toLowerCase());

/** Counts a use of a coupon, and of its promotion code. Used up ones become invalid. */
export function redeem(
  ctx: Context,
  used: { readonly coupon: string; readonly promotionCode: string | null },
): void {
  const coupon = ctx.store.coupons.get(used.coupon);
  if (coupon !== undefined)
    ctx.store.coupons.put({ ...coupon, times_redeemed: coupon.times_redeemed + 1 });
  const code = ctx.store.promotionCodes.get(used.promotionCode ?? "");
  if (code !== undefined)
    ctx.store.promotionCodes.put({ ...code, times_redeemed: code.times_redeemed + 1 });
  expireSpentCodes(ctx);
}

const isUsedUp = (row: { max_redemptions: number | null; times_redeemed: number }): boolean =>
  row.max_redemptions !== null && row.times_redeemed >= row.max_redemptions;

/** Deactivates the coupons and codes that are expired or used up. */
export function expireSpentCodes(ctx: Context): void {
  const { coupons, promotionCodes } = ctx.store;
  const isPast = (seconds: number | null): boolean =>
    seconds !== null && seconds <= ctx.nowSeconds();
  for (const coupon of coupons.oldestFirst()) {
    if (coupon.valid && (isUsedUp(coupon) || isPast(coupon.redeem_by)))
      coupons.put({ ...coupon, valid: false });
  }
  for (const code of promotionCodes.oldestFirst()) {
    const isOver =
      isUsedUp(code) ||
      isPast(code.expires_at) ||
      coupons.get(code.promotion.coupon ?? "")?.valid !== true;
    if (code.active && isOver) promotionCodes.put({ ...code, active: false });
  }
}
