import type Stripe from "stripe";
import type { PricedPlan } from "../../catalog/index.ts";
import { METERS } from "../../meters.ts";
import { toCredits } from "../../units.ts";

type CatalogPrice = PricedPlan["prices"][number];
type Metadata = Readonly<Record<string, string>>;

/** Stripe takes 500 characters. */
const METADATA_VALUE_MAX = 500;
const limitKey = (meter: string) => `${meter}Limit`;
const periodKey = (meter: string) => `${meter}Period`;

/** Every key that a product's metadata may have from here; all others are the operator's own. */
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
 * The handle of a plan's price at Stripe, whatever it costs: `pro_usd_month`, `starter_eur_once`.
 */
export const lookupKeyOf = (
  slug: string,
  price: { readonly currency: string; readonly interval: string | null },
): string => `${slug}_${price.currency}_${price.interval ?? "once"}`;

/** What a plan includes, in words that whoever reads a product at Stripe can use. */
export function buildProductMetadata(plan: PricedPlan): Metadata {
  const metadata: Record<string, string> = { planId: plan.id, slug: plan.slug, kind: plan.kind };
  if (plan.creditsMicrocredits > 0)
    metadata["credits"] = String(toCredits(plan.creditsMicrocredits));
  if (plan.features.length > 0)
    metadata["features"] = plan.features.join(", ").slice(0, METADATA_VALUE_MAX);
  if (plan.unlocks !== null) metadata["unlocks"] = plan.unlocks;
  for (const meter of METERS) {
    const allowance = plan.allowances[meter];
    if (allowance === undefined) continue;
    metadata[limitKey(meter)] = allowance.limit === null ? "unlimited" : String(allowance.limit);
    metadata[periodKey(meter)] = allowance.period;
    if (allowance.overage !== undefined) metadata["overageEvent"] = allowance.overage.eventName;
  }
  return metadata;
}

/**
 * The change that makes metadata hold what is wanted of our keys; undefined where it does. An empty
 * value removes a key.
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

export const productMetadataChange = (current: Metadata, plan: PricedPlan) =>
  metadataChange(PRODUCT_KEYS, current, buildProductMetadata(plan));
export const priceMetadataChange = (current: Metadata, desired: Metadata) =>
  metadataChange(PRICE_KEYS, current, desired);

/** Whether a price at Stripe is on the terms of one of ours. */
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

/** The event that a plan's overage is reported by, where it has one. */
export const overageEventOf = (plan: PricedPlan): string | undefined =>
  Object.values(plan.allowances).find((allowance) => allowance.overage !== undefined)?.overage
    ?.eventName;
