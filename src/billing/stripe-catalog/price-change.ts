import type Stripe from "stripe";
import {
  findPlanProblem,
  INTERVALS,
  type Price,
  type PricedPlan,
  type StripeMadePrice,
} from "../../catalog/index.ts";
import { toCredits } from "../../units.ts";
import { lookupKeyOf } from "./desired-state.ts";

/** What a price's present state at Stripe changes of ours. */
export type PriceChange = "seen" | "off_sale" | "on_sale" | "in_place" | undefined;

/** Whether Stripe's price is the one by which its plan is known in its currency and interval. */
const hasPlanLookupKey = (
  plan: PricedPlan,
  price: Pick<Price, "currency" | "interval">,
  stripePrice: Stripe.Price,
): boolean => stripePrice.lookup_key === lookupKeyOf(plan.slug, price);

/**
 * What happens to a price that Stripe knows. Only what differs from what was seen there before: a
 * price that is no longer asked for here is not asked for again because an event about it comes
 * late.
 * @param there null where Stripe has it no more
 */
export function decidePriceChange(
  plan: PricedPlan,
  catalogPrice: Price,
  stripePrice: Stripe.Price | null,
): PriceChange {
  const active = stripePrice?.active ?? false;
  if (catalogPrice.stripeActive === active) return undefined;
  if (!active) return "off_sale";
  if (catalogPrice.stripeActive === null) return "seen";
  return stripePrice !== null && hasPlanLookupKey(plan, catalogPrice, stripePrice)
    ? "in_place"
    : "on_sale";
}

/**
 * The terms of a price that was made at Stripe for one of our plans: on its product, with the
 * plan's lookup key or its id in the metadata.
 * @returns undefined where it is none of ours; a text where it cannot be sold here, and why
 */
export function parseForeignPrice(
  plan: PricedPlan,
  stripePrice: Stripe.Price,
): StripeMadePrice | string | undefined {
  const interval = INTERVALS.find((one) => one === stripePrice.recurring?.interval) ?? null;
  const { id: stripePriceId, currency, recurring, unit_amount: amountMinor } = stripePrice;
  if (
    !hasPlanLookupKey(plan, { currency, interval }, stripePrice) &&
    stripePrice.metadata["planId"] !== plan.id
  )
    return undefined;
  if (
    stripePrice.billing_scheme !== "per_unit" ||
    stripePrice.transform_quantity !== null ||
    amountMinor === null ||
    amountMinor < 1
  )
    return "it is not one whole amount for each";
  if (recurring !== null && (recurring.interval_count !== 1 || recurring.usage_type !== "licensed"))
    return "it is metered, or paid every few intervals";
  const terms = { stripePriceId, currency, interval, amountMinor };
  const price = { ...terms, overageAmountMinor: null, meteredStripePriceId: null };
  const problem = findPlanProblem({
    ...plan,
    credits: toCredits(plan.creditsMicrocredits),
    prices: [price],
  });
  return problem === undefined ? terms : problem.message;
}
