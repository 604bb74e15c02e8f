import type { PricedPlan, PriceParams } from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import type { Result } from "../../../errors.ts";
import { pushPlan } from "../../stripe-catalog/push-catalog.ts";
import { decideSubscriptionOffer, type SubscriptionOffer } from "./offer.ts";

/**
 * What of a plan can be subscribed to. A plan whose prices Stripe does not have yet is put there
 * first: a subscription is to a price of Stripe's, never to an amount.
 * @returns what `decideSubscriptionOffer` refuses, or why Stripe could not be given the plan
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
