import type Stripe from "stripe";
import { linkPrice, type PricedPlan } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { createOnce, requestKey } from "../stripe/create-once.ts";
import { callStripe } from "../stripe/stripe.ts";
import { lookupKeyOf, taxBehaviorOf } from "./desired-state.ts";
import type { PlanProduct, PushContext } from "./push-context.ts";

type Price = PricedPlan["prices"][number];

/**
 * Finds or creates the meter of an event. It adds up `value` for each `stripe_customer_id`.
 */
async function findOrCreateMeter(
  push: PushContext,
  slug: string,
  eventName: string,
): Promise<Result<string>> {
  const meters = await push.meters();
  if (!meters.ok) return meters;
  const existing = meters.value.find(
    (meter) => meter.event_name === eventName && meter.status === "active",
  );
  if (existing !== undefined) {
    if (existing.default_aggregation.formula !== "sum")
      return fail(
        "conflict",
        `The Stripe meter ${existing.id} for ${eventName} must use the aggregation "sum".`,
      );
    return ok(existing.id);
  }
  // Stripe would give a deactivated meter again under the key that made it.
  const former = meters.value.filter((meter) => meter.event_name === eventName).map(({ id }) => id);
  const params = {
    display_name: eventName,
    event_name: eventName,
    default_aggregation: { formula: "sum" as const },
    customer_mapping: { type: "by_id" as const, event_payload_key: "stripe_customer_id" },
    value_settings: { event_payload_key: "value" },
  };
  const key = await requestKey(`catalog:meter:${eventName}`, { ...params, former });
  const created = await createOnce(push.config, key, (stripe, options) =>
    stripe.billing.meters.create(params, options),
  );
  if (!created.ok) return created;
  if (!push.changes.some((change) => change.stripeId === created.value.id))
    push.changes.push({ slug, object: "meter", stripeId: created.value.id, change: "created" });
  return ok(created.value.id);
}

const matchesMeteredPrice = (
  stripePrice: Stripe.Price,
  catalogPrice: Price,
  meterId: string,
  amount: string,
): boolean =>
  stripePrice.currency === catalogPrice.currency &&
  stripePrice.unit_amount_decimal?.toString() === amount &&
  stripePrice.recurring?.interval === catalogPrice.interval &&
  stripePrice.recurring.meter === meterId;

/**
 * Pushes the metered price that bills use past the allowance to the subscribers of a price.
 * @returns the id of Stripe's price; null when the price has no overage
 */
export async function pushOverage(
  push: PushContext,
  { plan, product, stripePrices }: PlanProduct,
  catalogPrice: Price,
  eventName: string,
): Promise<Result<string | null>> {
  const { overageAmountMinor: amount, interval, meteredStripePriceId } = catalogPrice;
  // Without an amount, the metered price is the operator's own, tiered perhaps.
  if (amount === null || interval === null) return ok(meteredStripePriceId);
  const meter = await findOrCreateMeter(push, plan.slug, eventName);
  if (!meter.ok) return meter;
  const candidates = stripePrices.filter(
    (price) => price.id === meteredStripePriceId || price.metadata["overageOf"] === catalogPrice.id,
  );
  const matching = candidates.filter((price) =>
    matchesMeteredPrice(price, catalogPrice, meter.value, amount),
  );
  const existing = matching.find((price) => price.active) ?? matching[0];
  const lookupKey = {
    lookup_key: `${lookupKeyOf(plan.slug, catalogPrice)}_overage`,
    transfer_lookup_key: true,
  };
  const tax = taxBehaviorOf(push.config, existing);
  const isUpToDate = existing?.active === true && tax.tax_behavior === undefined;
  if (existing !== undefined && !isUpToDate) {
    const updated = await callStripe(push.config, (stripe) =>
      stripe.prices.update(existing.id, { active: true, ...tax, ...lookupKey }),
    );
    if (!updated.ok) return updated;
    push.changes.push({
      slug: plan.slug,
      object: "price",
      stripeId: existing.id,
      change: "updated",
    });
  }
  let stripeId = existing?.id;
  if (stripeId === undefined) {
    const replacedId = meteredStripePriceId ?? "none";
    const idempotencyKey = [
      "catalog:overage",
      catalogPrice.id,
      amount,
      meter.value,
      replacedId,
      ...Object.values(tax),
    ].join(":");
    const created = await createOnce(push.config, idempotencyKey, (stripe, options) =>
      stripe.prices.create(
        {
          product: product.id,
          currency: catalogPrice.currency,
          unit_amount_decimal: stripe.Decimal.from(amount),
          recurring: { interval, usage_type: "metered", meter: meter.value },
          ...tax,
          ...lookupKey,
          metadata: { overageOf: catalogPrice.id },
        },
        options,
      ),
    );
    if (!created.ok) return created;
    stripeId = created.value.id;
    push.changes.push({ slug: plan.slug, object: "price", stripeId, change: "created" });
  }
  if (stripeId !== meteredStripePriceId)
    await linkPrice(push.db, catalogPrice.id, { meteredStripePriceId: stripeId });
  return ok(stripeId);
}
