import { findUser } from "../auth/index.ts";
import { findPlan } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { customerOf } from "./customer.ts";
import { newOrder } from "./new-order.ts";
import { offerOf, type Wish } from "./order-terms.ts";
import { returnUrl } from "./return-url.ts";
import { type ReturnUrls, sessionParams } from "./session-params.ts";
import { addOrder, bindSession, failOrder, type Order } from "./store.ts";
import { askStripe } from "./stripe.ts";
import { checkoutSubscription } from "./subscriptions/checkout.ts";

/** What `POST /api/checkout` asks for. */
export interface CheckoutRequest extends Wish {
  readonly planId: string;
  readonly successUrl?: string | undefined;
  readonly cancelUrl?: string | undefined;
}

/** The page to send the buyer to, and the attempt to pay under Stripe's id and under ours. */
export interface Checkout {
  readonly url: string;
  readonly sessionId: string;
  /** Null where nothing new is sold: on the page on which a subscription becomes another. */
  readonly stripeSessionId: string | null;
}

function returnUrls(config: Config, request: CheckoutRequest): Result<ReturnUrls> {
  const origins = [config.PUBLIC_URL, ...config.ALLOWED_ORIGINS];
  const success = returnUrl({ field: "successUrl", url: request.successUrl ?? `${config.PUBLIC_URL}/success` }, origins);
  if (!success.ok) return success;
  const cancel = returnUrl({ field: "cancelUrl", url: request.cancelUrl ?? `${config.PUBLIC_URL}/cancel` }, origins);
  return cancel.ok ? ok({ successUrl: success.value, cancelUrl: cancel.value }) : cancel;
}

interface Page {
  readonly id: string;
  readonly url: string | null;
  readonly amount_total: number | null;
  readonly currency: string | null;
}

/** Why a page that Stripe made must not be shown to the buyer, or null. */
function unusable(page: Page, order: Order): Failure | null {
  // A price that was changed at Stripe alone would take money for an order which fulfilment then refuses.
  if (page.amount_total === order.amountMinor && page.currency === order.currency) return null;
  return {
    code: "billing_unavailable",
    message: "This price is just being changed. Nothing was charged; please try again later.",
  };
}

const TOO_LATE: Failure = {
  code: "billing_unavailable",
  message: "The checkout took too long. Nothing was charged; please try again.",
};

/**
 * Offers a sale on Stripe's page. The order is written down first, so that whatever Stripe later says about it finds it;
 * when Stripe cannot make the page, the order is marked failed with the reason and nothing is left half done.
 * @returns the page's address; `not_found`, `invalid_request`, `already_purchased`, or why Stripe did not make the page
 */
export async function checkout(
  db: Database,
  config: Config,
  userId: string,
  request: CheckoutRequest,
  nowMs: number,
): Promise<Result<Checkout>> {
  const urls = returnUrls(config, request);
  if (!urls.ok) return urls;
  const [user, plan] = await Promise.all([findUser(db, userId), findPlan(db, request.planId)]);
  if (user === undefined) return fail("not_found", "This user no longer exists.");
  if (plan === undefined) return fail("not_found", `There is no plan ${request.planId}.`, { param: "planId" });
  if (plan.kind === "subscription")
    return await checkoutSubscription(db, config, { buyer: user, plan, wish: request, urls: urls.value }, nowMs);
  const offered = offerOf(plan, request, user.planId);
  if (!offered.ok) return offered;

  const { order, session } = newOrder(userId, offered.value.terms, nowMs);
  await addOrder(db, order, session);
  const giveUp = async (failure: Failure): Promise<Result<Checkout>> => {
    await failOrder(db, order.id, { sessionStatus: "failed", reason: failure.message }, nowMs);
    return { ok: false, failure };
  };

  const customer = await customerOf(db, config, user, nowMs);
  if (!customer.ok) return await giveUp(customer.failure);
  const params = sessionParams({
    orderId: order.id,
    userId,
    stripeCustomerId: customer.value,
    offer: offered.value,
    ...urls.value,
  });
  const made = await askStripe(config, (stripe) => stripe.checkout.sessions.create(params, { idempotencyKey: order.id }));
  if (!made.ok) return await giveUp(made.failure);

  const { id: stripeId, url } = made.value;
  const why = unusable(made.value, order);
  if (why === null && url !== null && (await bindSession(db, session.id, { id: stripeId, url })))
    return ok({ url, sessionId: stripeId, stripeSessionId: session.id });
  // Nobody was given the page's address, so it does no harm should this fail: the page then ends by itself within a day.
  await askStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
  return await giveUp(why ?? TOO_LATE);
}
