import { findUser } from "../../auth/index.ts";
import { findPlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { fail, type Result } from "../../errors.ts";
import { openSalePage } from "../orders/open-sale-page.ts";
import { decideOffer, type OrderParams } from "../orders/order-terms.ts";
import { fetchDiscounts } from "../stripe/promotion-code.ts";
import { buildReturnUrls, type ReturnUrlParams } from "../stripe/return-url.ts";
import { checkoutSubscription } from "../subscriptions/change/checkout.ts";
import type { CheckoutPageView } from "./wire.ts";

/** The body of `POST /api/checkout`. */
export interface CheckoutParams extends OrderParams, ReturnUrlParams {
  readonly planId: string;
  /** As a person types it. */
  readonly promotionCode?: string | undefined;
  /** The language of Stripe's page; the browser's where none is named. */
  readonly locale?: string | undefined;
}

/**
 * Opens Stripe's page for a plan, pack or subscription. A buyer who is subscribed already gets the
 * page on which the subscription is changed.
 * @returns the page; `not_found`, `invalid_request`, `already_purchased`, or why Stripe did not
 *   create it
 */
export async function checkout(
  ctx: Context,
  userId: string,
  params: CheckoutParams,
): Promise<Result<CheckoutPageView>> {
  const { db, config } = ctx;
  const returnUrls = buildReturnUrls(config, params);
  if (!returnUrls.ok) return returnUrls;
  const [buyer, plan] = await Promise.all([findUser(db, userId), findPlan(db, params.planId)]);
  if (buyer === undefined) return fail("not_found", "This user has been deleted.");
  if (plan === undefined)
    return fail("not_found", `There is no plan ${params.planId}.`, { param: "planId" });
  const found = await fetchDiscounts(ctx, userId, params.promotionCode);
  if (!found.ok) return found;
  const page = { ...returnUrls.value, discounts: found.value, locale: params.locale };
  if (plan.kind === "subscription")
    return await checkoutSubscription(ctx, { buyer, plan, requested: params, page });
  const offer = decideOffer(plan, params, buyer.planId);
  if (!offer.ok) return offer;
  return await openSalePage(ctx, buyer, offer.value, page);
}
