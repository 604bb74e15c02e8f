import type { PricedPlan, PriceParams } from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import type { Result } from "../../../errors.ts";
import { pushPlan } from "../../stripe-catalog/push-catalog.ts";
import { decideSubscriptionOffer, type SubscriptionOffer } from "./offer.ts";

/**
 * Resolves a plan into an offer. A plan whose prices Stripe does not have yet is pushed first: a
 * subscription is to a price of Stripe's, never to an amount.
 * @returns the failures of `decideSubscriptionOffer`, or why Stripe did not take the plan
 */
export async function resolveSubscriptionOffer(
  ctx: Context,
  plan: PricedPlan,
  params: PriceParams & { quantity: number },
): Promise<Result<SubscriptionOffer>> {
  const offer = decideSubscriptionOffer(plan, params);
  if (offer.ok || offer.failure.code !== "billing_unavailable") return offer;
  const pushed = await pushPlan(ctx, plan);
  return pushed.ok ? decideSubscriptionOffer(pushed.value, params) : pushed;
}
