import type Stripe from "stripe";
import { findPlanByStripeId, linkProduct, type PricedPlan } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { createOnce } from "../stripe/create-once.ts";
import { fetchFromStripe } from "../stripe/fetch-from-stripe.ts";
import { callStripe } from "../stripe/stripe.ts";
import { idOf } from "../stripe/values.ts";
import { buildProductMetadata, productMetadataChange } from "./desired-state.ts";
import { toSeenProduct } from "./product-change.ts";
import { showLimits } from "./product-limits.ts";
import type { PushContext } from "./push-context.ts";

const fetchProduct = (push: PushContext, id: string) =>
  fetchFromStripe(push.config, (stripe) => stripe.products.retrieve(id));

/**
 * Finds the product that a plan already is: by its id, else by a price that the operator linked,
 * else by the metadata of a push that was interrupted.
 */
async function fetchExistingProduct(
  push: PushContext,
  plan: PricedPlan,
): Promise<Result<Stripe.Product | null>> {
  if (plan.stripeProductId !== null) {
    const linked = await fetchProduct(push, plan.stripeProductId);
    if (!linked.ok || linked.value !== null) return linked;
  }
  for (const { stripePriceId } of plan.prices) {
    if (stripePriceId === null) continue;
    const price = await fetchFromStripe(push.config, (stripe) =>
      stripe.prices.retrieve(stripePriceId),
    );
    if (!price.ok) return price;
    if (price.value !== null) return await fetchProduct(push, idOf(price.value.product));
  }
  const products = await push.products();
  if (!products.ok) return products;
  return ok(products.value.find((product) => product.metadata["planId"] === plan.id) ?? null);
}

/**
 * Finds or creates a plan's product. Two pushes at once create one: the idempotency key is made of
 * the row, and changes when a product that was deleted has to be created again.
 * @returns null for an inactive plan that never was at Stripe
 */
export async function findOrCreateProduct(
  push: PushContext,
  plan: PricedPlan,
): Promise<Result<Stripe.Product | null>> {
  const found = await fetchExistingProduct(push, plan);
  if (!found.ok) return found;
  if (found.value !== null) {
    const owner = await findPlanByStripeId(push.db, found.value.id);
    if (owner !== undefined && owner.id !== plan.id)
      return fail(
        "conflict",
        `Its price belongs to the Stripe product ${found.value.id}, which is linked to the ` +
          `plan ${owner.slug}.`,
      );
    if (owner === undefined)
      await linkProduct(push.db, plan.id, found.value.id, toSeenProduct(found.value));
    return found;
  }
  if (!plan.isActive) return ok(null);
  const replacedId = plan.stripeProductId ?? "none";
  const idempotencyKey = `catalog:product:${plan.id}:${replacedId}:${plan.updatedAt}`;
  const created = await createOnce(push.config, idempotencyKey, (stripe, options) =>
    stripe.products.create({ name: plan.name, metadata: buildProductMetadata(plan) }, options),
  );
  if (!created.ok) return created;
  await linkProduct(push.db, plan.id, created.value.id, toSeenProduct(created.value));
  push.changes.push({
    slug: plan.slug,
    object: "product",
    stripeId: created.value.id,
    change: "created",
  });
  return created;
}

/**
 * Updates a product from its plan.
 * @param firstPriceId the new default price, should the present one be archived
 */
export async function updateProduct(
  push: PushContext,
  plan: PricedPlan,
  product: Stripe.Product,
  firstPriceId: string | undefined,
  archivedPriceIds: ReadonlySet<string>,
): Promise<Result<Stripe.Product>> {
  const metadata = productMetadataChange(product.metadata, plan);
  const defaultPriceId =
    product.default_price === undefined || product.default_price === null
      ? undefined
      : idOf(product.default_price);
  // Stripe does not archive the default price of a product.
  const changesDefaultPrice =
    defaultPriceId !== undefined &&
    archivedPriceIds.has(defaultPriceId) &&
    firstPriceId !== undefined;
  const isSame =
    product.name === plan.name &&
    product.active === plan.isActive &&
    metadata === undefined &&
    !changesDefaultPrice;
  if (!isSame) {
    const updated = await callStripe(push.config, (stripe) =>
      stripe.products.update(product.id, {
        name: plan.name,
        active: plan.isActive,
        ...(metadata === undefined ? {} : { metadata }),
        ...(changesDefaultPrice ? { default_price: firstPriceId } : {}),
      }),
    );
    if (!updated.ok) return updated;
    const change = product.active && !plan.isActive ? "archived" : "updated";
    push.changes.push({ slug: plan.slug, object: "product", stripeId: product.id, change });
  }
  await linkProduct(push.db, plan.id, product.id, {
    name: plan.name,
    active: plan.isActive,
    limits: showLimits(plan.allowances),
  });
  return ok(product);
}
