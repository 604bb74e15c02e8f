import { findUser } from "../../auth/index.ts";
import { findPlan } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../db.ts";
import { fail, type Result } from "../../errors.ts";
import { type Checkout, openPage } from "../orders/open-page.ts";
import { offerOf, type Wish } from "../orders/order-terms.ts";
import { sessionParams } from "../orders/session-params.ts";
import { discountsBy } from "../stripe/promotion-code.ts";
import { type ReturnWish, returnUrls } from "../stripe/return-url.ts";
import {
  checkoutSubscription,
  type SubscriptionCheckout,
} from "../subscriptions/change/checkout.ts";

/** What `POST /api/checkout` asks for. */
export interface CheckoutRequest extends Wish, ReturnWish {
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
  db: Database,
  config: Config,
  userId: string,
  request: CheckoutRequest,
  nowMs: number,
): Promise<Result<Checkout | SubscriptionCheckout>> {
  const urls = returnUrls(config, request);
  if (!urls.ok) return urls;
  const [user, plan] = await Promise.all([findUser(db, userId), findPlan(db, request.planId)]);
  if (user === undefined) return fail("not_found", "This user no longer exists.");
  if (plan === undefined)
    return fail("not_found", `There is no plan ${request.planId}.`, { param: "planId" });
  const discounts = await discountsBy(config, request.promotionCode);
  if (!discounts.ok) return discounts;
  if (plan.kind === "subscription") {
    const sale = { buyer: user, plan, wish: request, urls: urls.value, discounts: discounts.value };
    return await checkoutSubscription(db, config, sale, nowMs);
  }
  const offered = offerOf(plan, request, user.planId);
  if (!offered.ok) return offered;
  const { terms } = offered.value;
  return await openPage(
    db,
    config,
    { buyer: user, terms },
    (page) =>
      sessionParams(config, page, offered.value, { ...urls.value, discounts: discounts.value }),
    nowMs,
  );
}
