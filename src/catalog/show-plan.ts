import { toCredits, toMajor } from "../units.ts";
import type { PricedPlan } from "./store.ts";
import type { PlanView } from "./wire.ts";

/**
 * Shows a plan. `price` and `stripeKey` are those of the first price, as a decimal. A free plan's
 * price is 0, and a plan without prices (one that is agreed by hand) has null.
 */
export function showPlan(plan: PricedPlan): PlanView {
  const [first] = plan.prices;
  const withoutPrice = plan.kind === "free" ? 0 : null;
  return {
    id: plan.id,
    slug: plan.slug,
    name: plan.name,
    names: plan.names,
    kind: plan.kind,
    price: first === undefined ? withoutPrice : Number(toMajor(first.amountMinor, first.currency)),
    credits: toCredits(plan.creditsMicrocredits),
    creditsExpireAfterDays: plan.creditsExpireAfterDays,
    stripeKey: first?.stripePriceId ?? null,
    isActive: plan.isActive,
    prices: plan.prices.map((price) => ({
      id: price.id,
      currency: price.currency,
      interval: price.interval,
      amountMinor: price.amountMinor,
      stripePriceId: price.stripePriceId,
      overageAmountMinor: price.overageAmountMinor,
      meteredStripePriceId: price.meteredStripePriceId,
    })),
    allowances: plan.allowances,
    models: plan.models === null ? null : [...plan.models],
    features: [...plan.features],
    featureNames: plan.featureNames,
    highlighted: plan.highlighted,
    requestsPerMinute: plan.requestsPerMinute,
    trialDays: plan.trialDays,
    unlocks: plan.unlocks,
  };
}
