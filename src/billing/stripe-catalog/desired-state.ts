import type Stripe from "stripe";
import type { PricedPlan } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import { METERS } from "../../meters.ts";
import { toCredits } from "../../units.ts";
import { limitKey, periodKey, showLimits } from "./product-limits.ts";

type CatalogPrice = PricedPlan["prices"][number];
type Metadata = Readonly<Record<string, string>>;

/** Stripe's limit. */
const METADATA_VALUE_MAX = 500;

/** The metadata keys that a push writes to a product. All others are the operator's own. */
const PRODUCT_KEYS = [
  "planId",
  "slug",
  "kind",
  "credits",
  "features",
  "unlocks",
  "overageEvent",
  ...METERS.flatMap((meter) => [limitKey(meter), periodKey(meter)]),
];
const PRICE_KEYS = ["planId", "priceId", "overageOf"];

/**
 * Returns the lookup key of a plan's price at Stripe, which does not depend on its amount:
 * `pro_usd_month`, `starter_eur_once`.
 */
export const lookupKeyOf = (
  slug: string,
  price: { readonly currency: string; readonly interval: string | null },
): string => `${slug}_${price.currency}_${price.interval ?? "once"}`;

/** Returns the name of the event that reports a plan's overage, if it has one. */
export const overageEventOf = (plan: PricedPlan): string | undefined =>
  Object.values(plan.allowances).find((allowance) => allowance.overage !== undefined)?.overage
    ?.eventName;

/** Builds the metadata that describes a plan to a reader of its product at Stripe. */
export function buildProductMetadata(plan: PricedPlan): Metadata {
  const metadata: Record<string, string> = { planId: plan.id, slug: plan.slug, kind: plan.kind };
  if (plan.creditsMicrocredits > 0)
    metadata["credits"] = String(toCredits(plan.creditsMicrocredits));
  if (plan.features.length > 0)
    metadata["features"] = plan.features.join(", ").slice(0, METADATA_VALUE_MAX);
  if (plan.unlocks !== null) metadata["unlocks"] = plan.unlocks;
  const eventName = overageEventOf(plan);
  if (eventName !== undefined) metadata["overageEvent"] = eventName;
  return { ...metadata, ...showLimits(plan.allowances) };
}

/**
 * Returns the change that gives our keys in metadata the desired values; undefined when they have
 * them. An empty value deletes a key.
 */
function metadataChange(
  keys: readonly string[],
  current: Metadata,
  desired: Metadata,
): Record<string, string> | undefined {
  const changedKeys = keys.filter((key) => (current[key] ?? "") !== (desired[key] ?? ""));
  return changedKeys.length === 0
    ? undefined
    : Object.fromEntries(changedKeys.map((key) => [key, desired[key] ?? ""]));
}

/** Returns the change of a product's metadata, if any is needed. */
export const productMetadataChange = (current: Metadata, plan: PricedPlan) =>
  metadataChange(PRODUCT_KEYS, current, buildProductMetadata(plan));
/** Returns the change of a price's metadata, if any is needed. */
export const priceMetadataChange = (current: Metadata, desired: Metadata) =>
  metadataChange(PRICE_KEYS, current, desired);

/** Returns whether a price at Stripe has the terms of one of ours. */
export const matchesTerms = (stripePrice: Stripe.Price, catalogPrice: CatalogPrice): boolean =>
  stripePrice.billing_scheme === "per_unit" &&
  stripePrice.currency === catalogPrice.currency &&
  stripePrice.unit_amount === catalogPrice.amountMinor &&
  stripePrice.transform_quantity === null &&
  (stripePrice.recurring === null
    ? catalogPrice.interval === null
    : stripePrice.recurring.interval === catalogPrice.interval &&
      stripePrice.recurring.interval_count === 1 &&
      stripePrice.recurring.usage_type === "licensed");

/**
 * Returns how a price is to be taxed where that is still to be said: Stripe takes it once for a
 * price, and it cannot be changed afterwards.
 */
export const taxBehaviorOf = (
  { STRIPE_TAX_BEHAVIOR: behavior }: Pick<Config, "STRIPE_TAX_BEHAVIOR">,
  stripePrice?: Pick<Stripe.Price, "tax_behavior">,
): { tax_behavior?: "exclusive" | "inclusive" } =>
  behavior === undefined || (stripePrice?.tax_behavior ?? "unspecified") !== "unspecified"
    ? {}
    : { tax_behavior: behavior };
