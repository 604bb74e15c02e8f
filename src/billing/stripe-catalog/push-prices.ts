import type Stripe from "stripe";
import { linkPrice, type PricedPlan } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { formatAmount } from "../../units.ts";
import { createOnce, requestKey } from "../stripe/create-once.ts";
import { fetchFromStripe } from "../stripe/fetch-from-stripe.ts";
import { callStripe } from "../stripe/stripe.ts";
import { lookupKeyOf, matchesTerms, priceMetadataChange, taxBehaviorOf } from "./desired-state.ts";
import type { PlanProduct, PushContext } from "./push-context.ts";

type Price = PricedPlan["prices"][number];

const describePrice = ({
  currency,
  interval,
  amountMinor,
}: Pick<Price, "currency" | "interval" | "amountMinor">): string =>
  `${formatAmount(amountMinor, currency)}${interval === null ? " once" : ` a ${interval}`}`;

/**
 * Finds the price at Stripe that a price already is: by its id, by the metadata of a push that was
 * interrupted, or by the same terms when it was made by hand.
 */
async function fetchExistingPrice(
  push: PushContext,
  { plan, product, stripePrices }: PlanProduct,
  catalogPrice: Price,
): Promise<Result<Stripe.Price | null>> {
  const linked = stripePrices.find((price) => price.id === catalogPrice.stripePriceId);
  if (linked !== undefined) return ok(linked);
  if (catalogPrice.stripePriceId !== null) {
    const { stripePriceId } = catalogPrice;
    const elsewhere = await fetchFromStripe(push.config, (stripe) =>
      stripe.prices.retrieve(stripePriceId),
    );
    if (!elsewhere.ok) return elsewhere;
    if (elsewhere.value !== null)
      return fail(
        "conflict",
        `${stripePriceId} isn't a price of ${plan.name}'s Stripe product, ${product.id}.`,
      );
  }
  const others = new Set(plan.prices.map((price) => price.stripePriceId));
  const matching = stripePrices.filter(
    (price) => matchesTerms(price, catalogPrice) && !others.has(price.id),
  );
  return ok(
    matching.find((price) => price.metadata["priceId"] === catalogPrice.id) ??
      matching.find((price) => price.active) ??
      null,
  );
}

async function createPrice(
  push: PushContext,
  { plan, product }: PlanProduct,
  catalogPrice: Price,
): Promise<Result<Stripe.Price>> {
  const { interval } = catalogPrice;
  const replacedId = catalogPrice.stripePriceId ?? "none";
  const params = {
    product: product.id,
    currency: catalogPrice.currency,
    unit_amount: catalogPrice.amountMinor,
    ...(interval === null ? {} : { recurring: { interval } }),
    ...taxBehaviorOf(push.config),
    lookup_key: lookupKeyOf(plan.slug, catalogPrice),
    // From the price that this one replaces.
    transfer_lookup_key: true,
    metadata: { planId: plan.id, priceId: catalogPrice.id },
  };
  const key = await requestKey(`catalog:price:${catalogPrice.id}:${replacedId}`, params);
  const created = await createOnce(push.config, key, (stripe, options) =>
    stripe.prices.create(params, options),
  );
  if (created.ok)
    push.changes.push({
      slug: plan.slug,
      object: "price",
      stripeId: created.value.id,
      change: "created",
    });
  return created;
}

/**
 * Pushes one of a plan's prices. The amount of a price never changes: a price on other terms that
 * an operator linked is refused, and another amount of ours is another price.
 * @returns the id of Stripe's price
 */
export async function pushPrice(
  push: PushContext,
  planProduct: PlanProduct,
  catalogPrice: Price,
): Promise<Result<string>> {
  const { plan } = planProduct;
  const found = await fetchExistingPrice(push, planProduct, catalogPrice);
  if (!found.ok) return found;
  const stripePrice = found.value;
  if (stripePrice !== null && !matchesTerms(stripePrice, catalogPrice))
    return fail(
      "conflict",
      `${stripePrice.id} differs at Stripe from ${describePrice(catalogPrice)}. Link ` +
        "another price, or none.",
    );
  if (stripePrice === null) {
    const created = await createPrice(push, planProduct, catalogPrice);
    if (!created.ok) return created;
    await linkPrice(push.db, catalogPrice.id, {
      stripePriceId: created.value.id,
      stripeActive: true,
    });
    return ok(created.value.id);
  }
  const metadata = priceMetadataChange(stripePrice.metadata, {
    planId: plan.id,
    priceId: catalogPrice.id,
  });
  const lookup_key = lookupKeyOf(plan.slug, catalogPrice);
  // A lookup key that the operator set stays.
  const hasLookupKey = stripePrice.lookup_key !== null;
  const tax = taxBehaviorOf(push.config, stripePrice);
  const isToBeTaxed = tax.tax_behavior !== undefined;
  if (!stripePrice.active || metadata !== undefined || !hasLookupKey || isToBeTaxed) {
    const updated = await callStripe(push.config, (stripe) =>
      stripe.prices.update(stripePrice.id, {
        active: true,
        ...tax,
        ...(hasLookupKey ? {} : { lookup_key, transfer_lookup_key: true }),
        ...(metadata === undefined ? {} : { metadata }),
      }),
    );
    if (!updated.ok) return updated;
    push.changes.push({
      slug: plan.slug,
      object: "price",
      stripeId: stripePrice.id,
      change: "updated",
    });
  }
  if (catalogPrice.stripePriceId !== stripePrice.id || catalogPrice.stripeActive !== true)
    await linkPrice(push.db, catalogPrice.id, {
      stripePriceId: stripePrice.id,
      stripeActive: true,
    });
  return ok(stripePrice.id);
}

/** Archives a price at Stripe: it is no longer sold, and its subscribers keep it. */
export async function archivePrice(
  push: PushContext,
  slug: string,
  stripePriceId: string,
): Promise<Result<Stripe.Price>> {
  const archived = await callStripe(push.config, (stripe) =>
    stripe.prices.update(stripePriceId, { active: false }),
  );
  if (archived.ok)
    push.changes.push({ slug, object: "price", stripeId: stripePriceId, change: "archived" });
  return archived;
}
