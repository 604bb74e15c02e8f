import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { type Failure, ok, type Result } from "../../errors.ts";
import { withCustomer } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { newOrder } from "./new-order.ts";
import type { OrderTerms } from "./order-terms.ts";
import { bindSession, failOrder, insertOrder } from "./store.ts";

/** The page to send the buyer to, and the attempt to pay under Stripe's id and under ours. */
export interface Checkout {
  readonly url: string;
  readonly sessionId: string;
  readonly stripeSessionId: string;
}

/** Who buys, and on which terms. */
export interface OpenCheckoutPageParams {
  readonly buyer: { readonly id: string; readonly email: string };
  readonly terms: OrderTerms;
  /**
   * What the page's items come to before discounts and added taxes, where that is not the order's
   * amount (a trial).
   */
  readonly dueMinor?: number;
}

/**
 * For whom a page is made: it has to name the order and its buyer wherever Stripe's later events
 * could look for them.
 */
export interface CheckoutReference {
  readonly orderId: string;
  readonly userId: string;
  readonly stripeCustomerId: string;
}

/** Why a page that Stripe made must not be shown to the buyer, or null. */
function unusableReason(
  page: Stripe.Checkout.Session,
  { terms, dueMinor = terms.amountMinor }: OpenCheckoutPageParams,
): Failure | null {
  // A price that was changed at Stripe alone would take money for an order which fulfilment then
  // refuses.
  if (page.amount_subtotal === dueMinor && page.currency === terms.currency) return null;
  return {
    code: "billing_unavailable",
    message: "This price is just being changed. Nothing was charged; please try again later.",
  };
}

const CHECKOUT_TIMED_OUT: Failure = {
  code: "billing_unavailable",
  message: "The checkout took too long. Nothing was charged; please try again.",
};

/**
 * Offers a sale on a page of Stripe's. The order is written down first, so that whatever Stripe
 * later says about it finds it; when Stripe cannot make the page, the order is marked failed with
 * the reason and nothing is left half done.
 * @param params what Stripe is asked to show
 * @returns the page, or why Stripe did not make it
 */
export async function openCheckoutPage(
  ctx: Context,
  pageParams: OpenCheckoutPageParams,
  buildParams: (page: CheckoutReference) => Stripe.Checkout.SessionCreateParams,
): Promise<Result<Checkout>> {
  const { db, config, nowMs } = ctx;
  const { buyer, terms } = pageParams;
  const { order, session } = newOrder(buyer.id, terms, nowMs);
  await insertOrder(db, order, session);
  const failCheckout = async (failure: Failure): Promise<Result<Checkout>> => {
    await failOrder(db, order.id, { sessionStatus: "failed", reason: failure.message }, nowMs);
    return { ok: false, failure };
  };

  const createSession = (stripeCustomerId: string, again: boolean) => {
    const sessionParams = buildParams({ orderId: order.id, userId: buyer.id, stripeCustomerId });
    const idempotencyKey = again ? `${order.id}:again` : order.id;
    return callStripe(config, (stripe) =>
      stripe.checkout.sessions.create(sessionParams, { idempotencyKey }),
    );
  };
  const created = await withCustomer(ctx, buyer, createSession);
  if (!created.ok) return await failCheckout(created.failure);

  const { id: stripeId, url } = created.value;
  const reason = unusableReason(created.value, pageParams);
  if (reason === null && url !== null && (await bindSession(db, session.id, { id: stripeId, url })))
    return ok({ url, sessionId: stripeId, stripeSessionId: session.id });
  // Nobody was given the page's address, so it does no harm should this fail: the page then ends by
  // itself within a day.
  await callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
  return await failCheckout(reason ?? CHECKOUT_TIMED_OUT);
}
