import type { Config } from "../../../config.ts";
import { ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { isLive } from "../store.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";
import type { SoldPrices } from "./to-rows.ts";

/**
 * Returns the metered price that a subscription lacks and its plan has; null when nothing is
 * missing.
 */
function findMissingMeteredPrice(
  { items, status }: SubscriptionFacts,
  sold: SoldPrices,
): string | null {
  if (!isLive({ status })) return null;
  const metered = items
    .map(({ stripePriceId }) => sold.get(stripePriceId)?.meteredStripePriceId ?? null)
    .find((price) => price !== null);
  return metered === undefined || items.some(({ stripePriceId }) => stripePriceId === metered)
    ? null
    : metered;
}

/**
 * Adds its plan's price for usage past the allowance to a subscription that lacks it: without it
 * that usage would be served and never billed. It is missing where the plan was chosen on a page of
 * Stripe's, or where the catalog began to bill for overage later. Of two calls at once Stripe
 * refuses one, since a subscription can have a price only once.
 * @returns whether it was added, or why Stripe did not add it
 */
export async function addMissingMeteredPrice(
  config: Config,
  facts: SubscriptionFacts,
  sold: SoldPrices,
): Promise<Result<boolean>> {
  const price = findMissingMeteredPrice(facts, sold);
  if (price === null) return ok(false);
  const added = await callStripe(config, (stripe) =>
    stripe.subscriptions.update(facts.id, { items: [{ price }], proration_behavior: "none" }),
  );
  return added.ok ? ok(true) : added;
}
