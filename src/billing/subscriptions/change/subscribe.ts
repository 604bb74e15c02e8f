import type Stripe from "stripe";
import type { PricedPlan, PriceParams } from "../../../catalog/index.ts";
import type { Config } from "../../../config.ts";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { admitPurchase } from "../../access/admit-purchase.ts";
import { closeOtherCurrencies } from "../../orders/close-other-currencies.ts";
import { createOnce, requestKey } from "../../stripe/create-once.ts";
import { withCustomer } from "../../stripe/customer.ts";
import type { Discount } from "../../stripe/promotion-code.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { CARD_DECLINED } from "../../stripe/stripe-failure.ts";
import { paymentIntentIdOf } from "../invoices/invoice-facts.ts";
import {
  findSubscription,
  hasEverSubscribed,
  listLiveSubscriptions,
  listSubscriptions,
  type Subscription,
} from "../store.ts";
import { syncSubscription } from "../sync/sync-subscription.ts";
import type { SubscriptionOffer } from "./offer.ts";
import { resolveSubscriptionOffer } from "./resolve-subscription-offer.ts";
import { BILLING_MODE, toPriceItems } from "./stripe-params.ts";

/** A subscription to pay with a saved payment method, or without one in the caller's own form. */
interface SubscribeParams extends PriceParams {
  readonly quantity: number;
  readonly paymentMethodId?: string | undefined;
}

interface SubscribeRequest {
  readonly buyer: { readonly id: string; readonly email: string };
  readonly plan: PricedPlan;
  readonly requested: SubscribeParams;
  readonly discounts: readonly Discount[];
}

/**
 * A subscription that began. While it is `incomplete`, the buyer confirms the payment in the
 * browser with the secret.
 */
export interface StartedSubscription {
  readonly subscription: Subscription;
  readonly clientSecret: string | null;
}

const SUBSCRIPTION_EXPAND = ["latest_invoice.confirmation_secret", "latest_invoice.payments"];

function buildCreateParams(
  offer: SubscriptionOffer,
  request: SubscribeRequest,
  { stripeCustomerId, trialDays }: { stripeCustomerId: string; trialDays: number },
): Stripe.SubscriptionCreateParams {
  const method = request.requested.paymentMethodId;
  return {
    customer: stripeCustomerId,
    items: toPriceItems(offer),
    billing_mode: BILLING_MODE,
    metadata: { userId: request.buyer.id, kind: "subscription", planId: offer.plan.id },
    // A saved method is charged now. Without one nothing is: the caller's form asks for the card.
    payment_behavior: method === undefined ? "default_incomplete" : "allow_incomplete",
    payment_settings: { save_default_payment_method: "on_subscription" },
    ...(method === undefined ? {} : { default_payment_method: method }),
    ...(trialDays === 0 ? {} : { trial_period_days: trialDays }),
    ...(request.discounts.length === 0 ? {} : { discounts: [...request.discounts] }),
    expand: SUBSCRIPTION_EXPAND,
  };
}

/**
 * Checks whether the first payment was declined for good. One that only waits for the customer to
 * authenticate with the bank was not.
 * @returns `card_declined`, or null when it was not declined
 */
async function checkDeclined(config: Config, invoice: Stripe.Invoice): Promise<Result<null>> {
  const intentId = paymentIntentIdOf(invoice);
  if (intentId === null) return ok(null);
  const intent = await callStripe(config, (stripe) => stripe.paymentIntents.retrieve(intentId));
  if (!intent.ok) return intent;
  const { status, last_payment_error: error } = intent.value;
  if (status !== "requires_payment_method" || error === null) return ok(null);
  // A bank that asks the card holder to authenticate has not declined.
  if (error.code === "authentication_required" || error.decline_code === "authentication_required")
    return ok(null);
  return { ok: false, failure: CARD_DECLINED };
}

/**
 * Begins a subscription without Stripe's page. A declined card leaves nothing behind. A card that
 * needs authentication leaves the subscription `incomplete`, with a secret to confirm it by; Stripe
 * ends it unless that happens within a day.
 * @returns the subscription; `already_purchased` for a buyer who has one, `card_declined`,
 *   `invalid_request`, `conflict` where Stripe works out taxes on its page
 */
export async function subscribe(
  ctx: Context,
  request: SubscribeRequest,
): Promise<Result<StartedSubscription>> {
  const { db, config } = ctx;
  const { buyer, plan, requested } = request;
  // Taxes depend on an address, which a saved payment method need not have.
  if (config.STRIPE_AUTOMATIC_TAX)
    return fail(
      "conflict",
      "Taxes are calculated on Stripe's checkout page. Use POST /api/checkout.",
    );
  if ((await listLiveSubscriptions(db, buyer.id)).length > 0)
    return fail("already_purchased", "You already have a subscription. Change its plan instead.", {
      param: "planId",
    });
  const offered = await resolveSubscriptionOffer(ctx, plan, requested);
  if (!offered.ok) return offered;
  const trialDays =
    plan.trialDays > 0 && !(await hasEverSubscribed(db, buyer.id)) ? plan.trialDays : 0;
  // As on Stripe's page: without a payment method to charge afterwards, every new email address
  // would get a free trial.
  if (trialDays > 0 && requested.paymentMethodId === undefined)
    return fail(
      "invalid_request",
      "paymentMethodId: a trial needs a payment method, which is charged at its end.",
      { param: "paymentMethodId" },
    );
  const closed = await closeOtherCurrencies(ctx, buyer.id, offered.value.price.currency);
  if (!closed.ok) return closed;
  // The same key until the result of the attempt before is stored: a button that is pressed twice
  // begins one subscription.
  const attempts = (await listSubscriptions(db, buyer.id)).length;
  const admitted = await admitPurchase(ctx, {
    operationId: [
      "subscribe",
      buyer.id,
      attempts,
      offered.value.price.id,
      requested.quantity,
      requested.paymentMethodId ?? "form",
    ].join(":"),
    amountMinor: offered.value.price.amountMinor * requested.quantity,
    currency: offered.value.price.currency,
  });
  if (!admitted.ok) return admitted;
  const created = await withCustomer(ctx, buyer, async (stripeCustomerId) => {
    const params = buildCreateParams(offered.value, request, { stripeCustomerId, trialDays });
    const key = await requestKey(`subscribe:${buyer.id}:${attempts}`, params);
    return await createOnce(config, key, (stripe, options) =>
      stripe.subscriptions.create(params, options),
    );
  });
  if (!created.ok) return created;

  const { id, status, latest_invoice: invoice } = created.value;
  const firstInvoice = typeof invoice === "object" ? invoice : null;
  const isIncomplete = status === "incomplete" && firstInvoice !== null;
  const declineCheck =
    isIncomplete && requested.paymentMethodId !== undefined
      ? await checkDeclined(config, firstInvoice)
      : ok(null);
  if (!declineCheck.ok && declineCheck.failure.code === "card_declined")
    await callStripe(config, (stripe) => stripe.subscriptions.cancel(id));
  const synced = await syncSubscription(ctx, id);
  if (!declineCheck.ok) return declineCheck;
  if (!synced.ok) return synced;
  const subscription = await findSubscription(db, id);
  if (subscription === undefined)
    return fail(
      "internal_error",
      "The subscription was created but couldn't be saved. Reload in a few minutes.",
    );
  return ok({
    subscription,
    clientSecret: isIncomplete ? (firstInvoice.confirmation_secret?.client_secret ?? null) : null,
  });
}
