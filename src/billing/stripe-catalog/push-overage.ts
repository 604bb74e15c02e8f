import type Stripe from "stripe";
import { linkPrice, type PricedPlan } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { askStripe } from "../stripe/stripe.ts";
import type { Placed, Pushing } from "./pushing.ts";
import { lookupKeyOf } from "./wanted.ts";

type Price = PricedPlan["prices"][number];

/**
 * The meter that counts an event, made if need be: the sum of `value` for each
 * `stripe_customer_id`.
 */
async function meterOf(push: Pushing, slug: string, eventName: string): Promise<Result<string>> {
  const meters = await push.meters();
  if (!meters.ok) return meters;
  const known = meters.value.find(
    (meter) => meter.event_name === eventName && meter.status === "active",
  );
  if (known !== undefined) {
    if (known.default_aggregation.formula !== "sum")
      return fail(
        "conflict",
        `The meter ${known.id} of ${eventName} does not sum up what is reported.`,
      );
    return ok(known.id);
  }
  const made = await askStripe(push.config, (stripe) =>
    stripe.billing.meters.create(
      {
        display_name: eventName,
        event_name: eventName,
        default_aggregation: { formula: "sum" },
        customer_mapping: { type: "by_id", event_payload_key: "stripe_customer_id" },
        value_settings: { event_payload_key: "value" },
      },
      { idempotencyKey: `catalog:meter:${eventName}` },
    ),
  );
  if (!made.ok) return made;
  if (!push.changes.some((change) => change.stripeId === made.value.id))
    push.changes.push({ slug, object: "meter", stripeId: made.value.id, change: "created" });
  return ok(made.value.id);
}

const isMetered = (there: Stripe.Price, ours: Price, meterId: string, amount: string): boolean =>
  there.currency === ours.currency &&
  there.unit_amount_decimal?.toString() === amount &&
  there.recurring?.interval === ours.interval &&
  there.recurring.meter === meterId;

/**
 * Has Stripe hold the metered price that bills what goes past the allowance for whoever pays this
 * price.
 * @returns Stripe's price; null where none is asked for
 */
export async function pushOverage(
  push: Pushing,
  { plan, product, there }: Placed,
  ours: Price,
  eventName: string,
): Promise<Result<string | null>> {
  const { overageAmountMinor: amount, interval, meteredStripePriceId } = ours;
  // Without an amount of ours it is the operator's own price, tiered perhaps.
  if (amount === null || interval === null) return ok(meteredStripePriceId);
  const meter = await meterOf(push, plan.slug, eventName);
  if (!meter.ok) return meter;
  const ofOurs = there.filter(
    (price) => price.id === meteredStripePriceId || price.metadata["overageOf"] === ours.id,
  );
  const fitting = ofOurs.filter((price) => isMetered(price, ours, meter.value, amount));
  const known = fitting.find((price) => price.active) ?? fitting[0];
  const lookupKey = {
    lookup_key: `${lookupKeyOf(plan.slug, ours)}_overage`,
    transfer_lookup_key: true,
  };
  if (known !== undefined && !known.active) {
    const updated = await askStripe(push.config, (stripe) =>
      stripe.prices.update(known.id, { active: true, ...lookupKey }),
    );
    if (!updated.ok) return updated;
    push.changes.push({ slug: plan.slug, object: "price", stripeId: known.id, change: "updated" });
  }
  let stripeId = known?.id;
  if (stripeId === undefined) {
    const made = await askStripe(push.config, (stripe) =>
      stripe.prices.create(
        {
          product: product.id,
          currency: ours.currency,
          unit_amount_decimal: stripe.Decimal.from(amount),
          recurring: { interval, usage_type: "metered", meter: meter.value },
          ...lookupKey,
          metadata: { overageOf: ours.id },
        },
        {
          idempotencyKey: `catalog:overage:${ours.id}:${amount}:${meter.value}:${meteredStripePriceId ?? "none"}`,
        },
      ),
    );
    if (!made.ok) return made;
    stripeId = made.value.id;
    push.changes.push({ slug: plan.slug, object: "price", stripeId, change: "created" });
  }
  if (stripeId !== meteredStripePriceId)
    await linkPrice(push.db, ours.id, { meteredStripePriceId: stripeId });
  return ok(stripeId);
}
