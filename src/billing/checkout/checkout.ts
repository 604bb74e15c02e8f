import { findUser } from "../../auth/index.ts";
import { findPlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { fail, type Result } from "../../errors.ts";
import { type Checkout, openCheckoutPage } from "../orders/open-checkout-page.ts";
import { decideOffer, type OrderParams } from "../orders/order-terms.ts";
import { buildSessionParams } from "../orders/session-params.ts";
import { fetchDiscounts } from "../stripe/promotion-code.ts";
import { buildReturnUrls, type ReturnUrlParams } from "../stripe/return-url.ts";
import {
  checkoutSubscription,
  type SubscriptionCheckout,
} from "../subscriptions/change/checkout.ts";

/** What `POST /api/checkout` asks for. */
export interface CheckoutParams extends OrderParams, ReturnUrlParams {
  readonly planId: string;
  /** As a person types it. */
  readonly promotionCode?: string | undefined;
}

/**
 * Offers a plan or pack on Stripe's page; a subscription too, or to whoever has one the page on
 * which it is changed.
 * @returns the page's address; `not_found`, `invalid_request`, `already_purchased`, or why Stripe
 *   did not make the page
 */
export async function checkout(
  ctx: Context,
  userId: string,
  params: CheckoutParams,
): Promise<Result<Checkout | SubscriptionCheckout>> {
  const { db, config } = ctx;
  const urls = buildReturnUrls(config, params);
  if (!urls.ok) return urls;
  const [user, plan] = await Promise.all([findUser(db, userId), findPlan(db, params.planId)]);
  if (user === undefined) return fail("not_found", "This user no longer exists.");
  if (plan === undefined)
    return fail("not_found", `There is no plan ${params.planId}.`, { param: "planId" });
  const discounts = await fetchDiscounts(config, params.promotionCode);
  if (!discounts.ok) return discounts;
  if (plan.kind === "subscription") {
    const sale = { buyer: user, plan, wish: params, urls: urls.value, discounts: discounts.value };
    return await checkoutSubscription(ctx, sale);
  }
  const offer = decideOffer(plan, params, user.planId);
  if (!offer.ok) return offer;
  const { terms } = offer.value;
  return await openCheckoutPage(ctx, { buyer: user, terms }, (page) =>
    buildSessionParams(config, page, offer.value, { ...urls.value, discounts: discounts.value }),
  );
}
