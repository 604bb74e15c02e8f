import { findPlan, type PricedPlan } from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { fetchWithLatestInvoice } from "../invoices/period-paid.ts";
import type { Subscription } from "../store.ts";
import {
  chooseInterval,
  decideChange,
  requireChangeable,
  requireDifferent,
  type StripeChangeParams,
  type SubscriptionChangeParams,
} from "./decide-change.ts";
import type { SubscriptionOffer } from "./offer.ts";
import { resolveSubscriptionOffer } from "./resolve-subscription-offer.ts";

/** A change that can be made: the offer that it leads to, and Stripe's parameters. */
export interface PreparedChange {
  readonly offer: SubscriptionOffer;
  /** The plan that the subscription has until then. */
  readonly currentPlan: PricedPlan | undefined;
  readonly params: StripeChangeParams;
}

/**
 * Fetches everything that decides about a change, from D1 and from Stripe, and decides it. Changes
 * nothing, except that a plan which Stripe does not have yet is created there.
 * @returns `not_found` for the plan, `invalid_request`, `already_purchased`, or `conflict` while a
 *   payment is missing
 */
export async function prepareChange(
  ctx: Context,
  subscription: Subscription,
  requested: SubscriptionChangeParams,
): Promise<Result<PreparedChange>> {
  const { db, config } = ctx;
  const changeable = requireChangeable(subscription.status);
  if (!changeable.ok) return changeable;
  const planId = requested.planId ?? subscription.planId;
  const [plan, currentPlan] = await Promise.all([
    findPlan(db, planId),
    findPlan(db, subscription.planId),
  ]);
  if (plan === undefined)
    return fail("not_found", `There is no plan ${planId}.`, { param: "planId" });
  const offered = await resolveSubscriptionOffer(ctx, plan, {
    interval: chooseInterval(subscription, { plan, currentPlan }, requested.interval),
    currency: subscription.currency,
    quantity: requested.quantity ?? subscription.quantity,
  });
  if (!offered.ok) return offered;
  const offer = offered.value;
  const different = requireDifferent(subscription, offer);
  if (!different.ok) return different;
  const fetched = await fetchWithLatestInvoice(config, subscription.id);
  if (!fetched.ok) return fetched;
  const params = decideChange(fetched.value, subscription.stripeItemId, offer);
  return params.ok ? ok({ offer, currentPlan, params: params.value }) : params;
}
