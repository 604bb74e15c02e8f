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
 * What of a product's prices is ours and no longer wanted: the other prices of it are the
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
 * Gives all of a plan's prices to Stripe. @returns Stripe's ids of them, the first price's first
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
 * Makes Stripe hold a plan: its product, its prices, and a metered price for its overage; archives
 * what it no longer asks for. Every id is written down as soon as it is known, and what is there
 * already is found again, so it may stop anywhere and be run again. The default price is moved
 * before the one that it was is archived: Stripe refuses it otherwise.
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
  // Of a plan that is off sale the product alone is archived: its prices stay what it costs, should
  // it come back.
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
