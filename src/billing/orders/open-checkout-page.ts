import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import { type Failure, ok, type Result } from "../../errors.ts";
import { admitPurchase } from "../access/admit-purchase.ts";
import { createOnce, requestKey } from "../stripe/create-once.ts";
import { withCustomer } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { closeOtherCurrencies } from "./close-other-currencies.ts";
import { newOrder } from "./new-order.ts";
import type { OrderTerms } from "./order-terms.ts";
import { bindSession, failOrder, insertOrder } from "./store.ts";

/** The page to send the buyer to, and the checkout session's id at Stripe and here. */
export interface Checkout {
  readonly url: string;
  readonly sessionId: string;
  readonly stripeSessionId: string;
}

/** The buyer and the terms of a sale. */
export interface OpenCheckoutPageParams {
  readonly buyer: { readonly id: string; readonly email: string };
  readonly terms: OrderTerms;
  /**
   * The subtotal of the page before discounts and added taxes, where it differs from the order's
   * amount (a trial).
   */
  readonly dueMinor?: number;
}

/**
 * The order and buyer for whom a page is made. The page has to name them wherever a handler of
 * Stripe's later events may look for them.
 */
export interface CheckoutReference {
  readonly orderId: string;
  readonly userId: string;
  readonly stripeCustomerId: string;
}

/** Returns why a page that Stripe made must not be shown to the buyer, or null. */
function unusableReason(
  page: Stripe.Checkout.Session,
  { terms, dueMinor = terms.amountMinor }: OpenCheckoutPageParams,
): Failure | null {
  // A price that was changed at Stripe alone would take money for an order that fulfilment then
  // refuses.
  if (page.amount_subtotal === dueMinor && page.currency === terms.currency) return null;
  return {
    code: "billing_unavailable",
    message:
      "This price is being changed right now. You weren't charged; try again in a few minutes.",
  };
}

const CHECKOUT_TIMED_OUT: Failure = {
  code: "billing_unavailable",
  message: "The checkout took too long. You weren't charged; try again.",
};

/**
 * Offers a sale on a checkout page at Stripe. The order is inserted first, so that every later
 * event finds it. When Stripe does not make the page, the order fails with the reason, and nothing
 * is left half done. Before a subscription, the buyer's pages in other currencies are closed.
 * @param buildParams builds the parameters of the page
 * @returns the page, or why Stripe did not make it
 */
export async function openCheckoutPage(
  ctx: Context,
  pageParams: OpenCheckoutPageParams,
  buildParams: (page: CheckoutReference) => Stripe.Checkout.SessionCreateParams,
): Promise<Result<Checkout>> {
  const { db, config, nowMs } = ctx;
  const { buyer, terms } = pageParams;
  if (terms.kind === "subscription") {
    const closed = await closeOtherCurrencies(ctx, buyer.id, terms.currency);
    if (!closed.ok) return closed;
  }
  const { order, session } = newOrder(buyer.id, terms, nowMs);
  await insertOrder(db, order, session);
  const failCheckout = async (failure: Failure): Promise<Result<Checkout>> => {
    await failOrder(db, order.id, { sessionStatus: "failed", reason: failure.message }, nowMs);
    return { ok: false, failure };
  };

  const { amountMinor, currency } = terms;
  const operationId = `order:${order.id}`;
  const admitted = await admitPurchase(ctx, { operationId, amountMinor, currency });
  if (!admitted.ok) return await failCheckout(admitted.failure);

  const createSession = async (stripeCustomerId: string) => {
    const sessionParams = buildParams({ orderId: order.id, userId: buyer.id, stripeCustomerId });
    return await createOnce(config, await requestKey(order.id, sessionParams), (stripe, options) =>
      stripe.checkout.sessions.create(sessionParams, options),
    );
  };
  const created = await withCustomer(ctx, buyer, createSession);
  if (!created.ok) return await failCheckout(created.failure);

  const { id: stripeId, url } = created.value;
  const reason = unusableReason(created.value, pageParams);
  if (reason === null && url !== null && (await bindSession(db, session.id, { id: stripeId, url })))
    return ok({ url, sessionId: stripeId, stripeSessionId: session.id });
  // Nobody has the page's URL, so a failure here does no harm: the page then expires by itself
  // within a day.
  await callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
  return await failCheckout(reason ?? CHECKOUT_TIMED_OUT);
}
