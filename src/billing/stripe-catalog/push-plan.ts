import type Stripe from "stripe";
import { linkPrice, type PricedPlan, retiredAtStripe } from "../../catalog/index.ts";
import { ok, type Result } from "../../errors.ts";
import { listAtStripe } from "../stripe/ask.ts";
import { pushOverage } from "./push-overage.ts";
import { archivePrice, pushPrice } from "./push-prices.ts";
import { placeProduct, updateProduct } from "./push-product.ts";
import type { Placed, Pushing } from "./pushing.ts";
import { overageEventOf } from "./wanted.ts";

/**
 * What of a product's prices is ours and no longer wanted: the other prices of it are the
 * operator's own.
 */
async function outdated(
  push: Pushing,
  { plan, there }: Placed,
  wanted: ReadonlySet<string | null>,
): Promise<Stripe.Price[]> {
  const retired = new Map(
    (await retiredAtStripe(push.db, plan.id)).map((price) => [price.stripePriceId, price]),
  );
  const ours = new Set([...plan.prices, ...retired.values()].map((price) => price.id));
  return there.filter(
    (price) =>
      price.active &&
      !wanted.has(price.id) &&
      (retired.has(price.id) ||
        ours.has(price.metadata["overageOf"] ?? price.metadata["priceId"] ?? "")),
  );
}

/**
 * Gives all of a plan's prices to Stripe. @returns Stripe's ids of them, the first price's first
 */
async function pushPrices(push: Pushing, placed: Placed): Promise<Result<readonly string[]>> {
  const eventName = overageEventOf(placed.plan);
  const wanted: string[] = [];
  for (const ours of placed.plan.prices) {
    const price = await pushPrice(push, placed, ours);
    if (!price.ok) return price;
    wanted.push(price.value);
    if (eventName === undefined) continue;
    const metered = await pushOverage(push, placed, ours, eventName);
    if (!metered.ok) return metered;
    if (metered.value !== null) wanted.push(metered.value);
  }
  return ok(wanted);
}

/**
 * Makes Stripe hold a plan: its product, its prices, and a metered price for its overage; archives
 * what it no longer asks for. Every id is written down as soon as it is known, and what is there
 * already is found again, so it may stop anywhere and be run again. The default price is moved
 * before the one that it was is archived: Stripe refuses it otherwise.
 */
export async function pushPlanTo(push: Pushing, plan: PricedPlan): Promise<Result<null>> {
  const placed = await placeProduct(push, plan);
  if (!placed.ok) return placed;
  const product = placed.value;
  if (product === null) return ok(null);
  const there = await listAtStripe(push.config, (stripe, paging) =>
    stripe.prices.list({ product: product.id, ...paging }),
  );
  if (!there.ok) return there;

  const at: Placed = { plan, product, there: there.value };
  const wanted = plan.isActive ? await pushPrices(push, at) : ok([]);
  if (!wanted.ok) return wanted;
  // Of a plan that is off sale the product alone is archived: its prices stay what it costs, should
  // it come back.
  const resting = plan.isActive
    ? []
    : plan.prices.flatMap((price) => [price.stripePriceId, price.meteredStripePriceId]);
  const kept = new Set<string | null>([...wanted.value, ...resting]);
  const old = await outdated(push, at, kept);
  const updated = await updateProduct(
    push,
    plan,
    product,
    wanted.value[0],
    new Set(old.map((price) => price.id)),
  );
  if (!updated.ok) return updated;
  for (const price of old) {
    const archived = await archivePrice(push, plan.slug, price.id);
    if (!archived.ok) return archived;
  }
  for (const retired of await retiredAtStripe(push.db, plan.id))
    if (retired.stripeActive !== false)
      await linkPrice(push.db, retired.id, { stripeActive: false });
  return ok(null);
}
