import type { Config } from "../../../config.ts";
import { ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { isLive } from "../store.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";
import type { SoldPrices } from "./to-rows.ts";

/**
 * The metered price that a subscription's plan has and that the subscription lacks; null when
 * nothing is missing.
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
 * Sees to it that a subscription has the price of its plan for usage past the allowance: without it
 * that usage would be served and never billed. A plan that was chosen on a page of Stripe's comes
 * without, as does one whose catalog came to bill for more later. Twice at once is refused by
 * Stripe, which lets a subscription have a price once.
 * @returns whether it was added, or why Stripe did not
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
