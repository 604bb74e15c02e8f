import type Stripe from "stripe";
import { linkPrice, listRetiredStripePrices, type PricedPlan } from "../../catalog/index.ts";
import { ok, type Result } from "../../errors.ts";
import { fetchAllFromStripe } from "../stripe/fetch-from-stripe.ts";
import { overageEventOf } from "./desired-state.ts";
import type { PlanProduct, PushContext } from "./push-context.ts";
import { pushOverage } from "./push-overage.ts";
import { archivePrice, pushPrice } from "./push-prices.ts";
import { findOrCreateProduct, updateProduct } from "./push-product.ts";

/**
 * Finds the prices of a product that are ours and no longer desired. Its other prices are the
 * operator's own.
 */
async function findOutdatedPrices(
  push: PushContext,
  { plan, stripePrices }: PlanProduct,
  desired: ReadonlySet<string | null>,
): Promise<Stripe.Price[]> {
  const retired = new Map(
    (await listRetiredStripePrices(push.db, plan.id)).map((price) => [price.stripePriceId, price]),
  );
  const catalogPriceIds = new Set([...plan.prices, ...retired.values()].map((price) => price.id));
  return stripePrices.filter(
    (price) =>
      price.active &&
      !desired.has(price.id) &&
      (retired.has(price.id) ||
        catalogPriceIds.has(price.metadata["overageOf"] ?? price.metadata["priceId"] ?? "")),
  );
}

/**
 * Pushes all of a plan's prices.
 * @returns the ids of Stripe's prices, the first price's first
 */
async function pushPrices(
  push: PushContext,
  planProduct: PlanProduct,
): Promise<Result<readonly string[]>> {
  const eventName = overageEventOf(planProduct.plan);
  const desired: string[] = [];
  for (const catalogPrice of planProduct.plan.prices) {
    const pushed = await pushPrice(push, planProduct, catalogPrice);
    if (!pushed.ok) return pushed;
    desired.push(pushed.value);
    if (eventName === undefined) continue;
    const metered = await pushOverage(push, planProduct, catalogPrice, eventName);
    if (!metered.ok) return metered;
    if (metered.value !== null) desired.push(metered.value);
  }
  return ok(desired);
}

/**
 * Pushes a plan: its product, its prices, and a metered price for its overage. Archives its former
 * prices. Every id is stored as soon as it is known, and existing objects are found again, so that
 * the push may be interrupted and repeated. The product's default price is changed before the old
 * one is archived, which Stripe would refuse otherwise.
 */
export async function pushOnePlan(push: PushContext, plan: PricedPlan): Promise<Result<null>> {
  const found = await findOrCreateProduct(push, plan);
  if (!found.ok) return found;
  const product = found.value;
  if (product === null) return ok(null);
  const stripePrices = await fetchAllFromStripe(push.config, (stripe, paging) =>
    stripe.prices.list({ product: product.id, ...paging }),
  );
  if (!stripePrices.ok) return stripePrices;

  const planProduct: PlanProduct = { plan, product, stripePrices: stripePrices.value };
  const desired = plan.isActive ? await pushPrices(push, planProduct) : ok([]);
  if (!desired.ok) return desired;
  // Of an inactive plan only the product is archived: the prices stay for when it is sold again.
  const dormant = plan.isActive
    ? []
    : plan.prices.flatMap((price) => [price.stripePriceId, price.meteredStripePriceId]);
  const kept = new Set<string | null>([...desired.value, ...dormant]);
  const outdated = await findOutdatedPrices(push, planProduct, kept);
  const updated = await updateProduct(
    push,
    plan,
    product,
    desired.value[0],
    new Set(outdated.map((price) => price.id)),
  );
  if (!updated.ok) return updated;
  for (const price of outdated) {
    const archived = await archivePrice(push, plan.slug, price.id);
    if (!archived.ok) return archived;
  }
  for (const retired of await listRetiredStripePrices(push.db, plan.id))
    if (retired.stripeActive !== false)
      await linkPrice(push.db, retired.id, { stripeActive: false });
  return ok(null);
}
