import type Stripe from "stripe";
import type { PricedPlan } from "../../../catalog/index.ts";
import type { Config } from "../../../config.ts";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import type { Interval } from "../../../time.ts";
import { type CheckoutReference, openCheckoutPage } from "../../orders/open-checkout-page.ts";
import { buildPageParams, type PageOptions } from "../../orders/page-params.ts";
import { withCustomer } from "../../stripe/customer.ts";
import type { ReturnUrls } from "../../stripe/return-url.ts";
import { requirePaidPeriod } from "../invoices/period-paid.ts";
import { hasEverSubscribed, listLiveSubscriptions, type Subscription } from "../store.ts";
import { isOtherInterval, requireDifferent, wouldBeCutOff } from "./decide-change.ts";
import { type SubscriptionOffer, toOrderTerms } from "./offer.ts";
import { openChangePage, openPortalPage } from "./portal.ts";
import { resolveSubscriptionOffer } from "./resolve-subscription-offer.ts";
import { BILLING_MODE, toPriceItems } from "./stripe-params.ts";

/** The price that a buyer of a subscription asks for. */
interface SubscriptionCheckoutParams {
  readonly interval?: Interval | undefined;
  readonly currency?: string | undefined;
  readonly quantity: number;
}

interface Buyer {
  readonly id: string;
  readonly email: string;
}

/**
 * The page to send the buyer to. `stripeSessionId` is null for a page that changes a subscription:
 * nothing new is sold there.
 */
export interface SubscriptionCheckout {
  readonly url: string;
  readonly sessionId: string;
  readonly stripeSessionId: string | null;
}

interface CheckoutPageParams extends CheckoutReference {
  readonly trialDays: number;
  readonly options: PageOptions;
}

function buildSessionParams(
  config: Config,
  offer: SubscriptionOffer,
  page: CheckoutPageParams,
): Stripe.Checkout.SessionCreateParams {
  const { orderId, userId, trialDays } = page;
  // Stripe copies a session's metadata to none of the objects that it creates.
  const metadata = { orderId, userId, kind: "subscription", planId: offer.plan.id };
  return {
    mode: "subscription",
    currency: offer.price.currency,
    customer: page.stripeCustomerId,
    client_reference_id: orderId,
    metadata,
    subscription_data: {
      metadata,
      billing_mode: BILLING_MODE,
      ...(trialDays === 0 ? {} : { trial_period_days: trialDays }),
    },
    line_items: toPriceItems(offer),
    ...buildPageParams(config, page.options),
  };
}

/** The part of a return URL in which a checkout page, and no portal page, fills in its id. */
const SESSION_ID_PARAM = "session_id={CHECKOUT_SESSION_ID}&";

/**
 * Opens the page on which a buyer who is subscribed changes the subscription, instead of selling a
 * second one.
 */
async function openChangeInstead(
  ctx: Context,
  {
    buyer,
    subscription,
    offer,
    urls,
  }: { buyer: Buyer; subscription: Subscription; offer: SubscriptionOffer; urls: ReturnUrls },
): Promise<Result<SubscriptionCheckout>> {
  const { config } = ctx;
  const different = requireDifferent(subscription, offer);
  if (!different.ok) return different;
  if (subscription.currency !== offer.price.currency)
    return fail(
      "invalid_request",
      `Your subscription is billed in ${subscription.currency}, so choose that currency.`,
      { param: "currency" },
    );
  const returnUrl = urls.successUrl.replace(SESSION_ID_PARAM, "");
  const isPaid = subscription.status === "active" || subscription.status === "trialing";
  const change = {
    planId: offer.plan.id,
    interval: offer.price.interval ?? "",
    quantity: String(offer.quantity),
  };
  const url = `${config.PUBLIC_URL}/change?${new URLSearchParams(change).toString()}`;
  const ownPage = ok({ url, sessionId: subscription.id, stripeSessionId: null });
  // Stripe's page would change the plan's price, and not add the one for usage past its allowance.
  // A key gets the page that a person has to sign in for, and none on which anything can be
  // changed.
  const { stripeProductId } = offer.plan;
  if (ctx.keyHash !== undefined || (isPaid && offer.meteredStripePriceId !== null)) return ownPage;
  if (stripeProductId === null) return ownPage;
  const paid = isPaid ? await requirePaidPeriod(config, subscription.id) : ok(null);
  if (!paid.ok) return paid;
  // Stripe's page keeps the anchor of the periods unless the operator's settings say otherwise.
  const { stripeItemId } = subscription;
  const isForOwnPage =
    paid.value !== null &&
    (isOtherInterval(paid.value, stripeItemId, offer) ||
      wouldBeCutOff(paid.value, stripeItemId, offer));
  if (isForOwnPage) return ownPage;
  // A missing payment has to be made first, on the portal's own page.
  const page = await withCustomer(ctx, buyer, (stripeCustomerId) =>
    isPaid
      ? openChangePage(
          config,
          { stripeCustomerId, subscription },
          { offer, stripeProductId },
          returnUrl,
        )
      : openPortalPage(config, stripeCustomerId, returnUrl),
  );
  if (page.ok) return ok({ url: page.value.url, sessionId: page.value.id, stripeSessionId: null });
  // Stripe's page changes no subscription that has a metered price: our own page does.
  return isPaid && page.failure.code === "stripe_refused" ? ownPage : page;
}

/**
 * Opens a checkout page for a subscription, with the plan's trial for a buyer who never had a
 * subscription. A buyer who has one gets the page on which it is changed.
 * @returns the page; `invalid_request`, `already_purchased`, or why Stripe did not create it
 */
export async function checkoutSubscription(
  ctx: Context,
  {
    buyer,
    plan,
    requested,
    page,
  }: {
    buyer: Buyer;
    plan: PricedPlan;
    requested: SubscriptionCheckoutParams;
    page: PageOptions;
  },
): Promise<Result<SubscriptionCheckout>> {
  const { db, config } = ctx;
  const [subscription] = await listLiveSubscriptions(db, buyer.id);
  const offered = await resolveSubscriptionOffer(ctx, plan, {
    ...requested,
    currency: requested.currency ?? subscription?.currency,
  });
  if (!offered.ok) return offered;
  const offer = offered.value;
  if (subscription !== undefined)
    return await openChangeInstead(ctx, { buyer, subscription, offer, urls: page });

  const trialDays =
    plan.trialDays > 0 && !(await hasEverSubscribed(db, buyer.id)) ? plan.trialDays : 0;
  const terms = toOrderTerms(offer);
  const due = trialDays > 0 ? { dueMinor: 0 } : {};
  const params = (reference: CheckoutReference) =>
    buildSessionParams(config, offer, { ...reference, trialDays, options: page });
  return await openCheckoutPage(ctx, { buyer, terms, ...due }, params);
}
