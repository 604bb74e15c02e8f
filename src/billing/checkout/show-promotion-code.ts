import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findPromotionCode } from "../stripe/promotion-code.ts";
import { promotionCodeFailure } from "../stripe/stripe-failure.ts";
import type { PromotionCodeView } from "./wire.ts";

/** Returns the coupon of a promotion code that was fetched with it. */
function couponOf({ promotion }: Stripe.PromotionCode): Stripe.Coupon | null {
  const { coupon } = promotion;
  return typeof coupon === "object" ? coupon : null;
}

/**
 * Shows what a promotion code that a person typed gives. Whether it fits a purchase is decided when
 * the purchase is made.
 * @returns `invalid_request` naming the field, and why the code cannot be used
 */
export async function showPromotionCode(
  ctx: Context,
  userId: string,
  code: string,
): Promise<Result<PromotionCodeView>> {
  const found = await findPromotionCode(ctx, userId, code);
  if (!found.ok) return found;
  const coupon = couponOf(found.value);
  if (coupon === null)
    return { ok: false, failure: promotionCodeFailure("this code can no longer be used") };
  const { restrictions } = found.value;
  return ok({
    code: found.value.code,
    percentOff: coupon.percent_off,
    amountOffMinor: coupon.amount_off,
    currency: coupon.currency,
    duration: coupon.duration,
    durationInMonths: coupon.duration_in_months,
    minimumAmountMinor: restrictions.minimum_amount,
    minimumCurrency: restrictions.minimum_amount_currency,
    firstPurchaseOnly: restrictions.first_time_transaction,
  });
}
