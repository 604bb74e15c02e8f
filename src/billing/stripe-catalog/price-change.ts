import type Stripe from "stripe";
import {
  findPlanProblem,
  type Price,
  type PricedPlan,
  type StripeMadePrice,
} from "../../catalog/index.ts";
import { INTERVALS } from "../../time.ts";
import { toCredits } from "../../units.ts";
import { lookupKeyOf } from "./desired-state.ts";

/**
 * The change of a catalog price that its state at Stripe asks for. `in_place`: it replaces the
 * active price of its slot.
 */
export type PriceChange = "seen" | "off_sale" | "on_sale" | "in_place" | undefined;

/** Returns whether a price at Stripe has the lookup key of its plan, currency and interval. */
const hasPlanLookupKey = (
  plan: PricedPlan,
  price: Pick<Price, "currency" | "interval">,
  stripePrice: Stripe.Price,
): boolean => stripePrice.lookup_key === lookupKeyOf(plan.slug, price);

/**
 * Decides the change of a price that is linked to one at Stripe. Only a difference from the state
 * that was seen there before counts: a late event does not reactivate a price that was deactivated
 * here.
 * @param stripePrice null when it no longer exists at Stripe
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
 * Parses the terms of a price that was made at Stripe for one of our plans: on its product, with
 * the plan's lookup key or its id in the metadata.
 * @returns undefined when it is not for the plan; a text when it cannot be sold here, with the
 *   reason
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
    return "it isn't a fixed amount per unit";
  if (recurring !== null && (recurring.interval_count !== 1 || recurring.usage_type !== "licensed"))
    return "it is metered, or billed every several intervals";
  const terms = { stripePriceId, currency, interval, amountMinor };
  const price = { ...terms, overageAmountMinor: null, meteredStripePriceId: null };
  const problem = findPlanProblem({
    ...plan,
    credits: toCredits(plan.creditsMicrocredits),
    prices: [price],
  });
  return problem === undefined ? terms : problem.message;
}
