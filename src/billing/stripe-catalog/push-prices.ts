import type Stripe from "stripe";
import { linkPrice, type PricedPlan } from "../../catalog/index.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { showAmount } from "../../units.ts";
import { findAtStripe } from "../stripe/ask.ts";
import { askStripe } from "../stripe/stripe.ts";
import type { Placed, Pushing } from "./pushing.ts";
import { isOnTerms, lookupKeyOf, priceMetadataChange } from "./wanted.ts";

type Price = PricedPlan["prices"][number];

const inWords = ({
  currency,
  interval,
  amountMinor,
}: Pick<Price, "currency" | "interval" | "amountMinor">): string =>
  `${showAmount(amountMinor, currency)}${interval === null ? " once" : ` a ${interval}`}`;

/**
 * The one that a price is already: by its id, by what a push that died had made, or one of the same
 * terms made by hand.
 */
async function existing(
  push: Pushing,
  { plan, product, there }: Placed,
  ours: Price,
): Promise<Result<Stripe.Price | null>> {
  const linked = there.find((price) => price.id === ours.stripePriceId);
  if (linked !== undefined) return ok(linked);
  if (ours.stripePriceId !== null) {
    const { stripePriceId } = ours;
    const elsewhere = await findAtStripe(push.config, (stripe) =>
      stripe.prices.retrieve(stripePriceId),
    );
    if (!elsewhere.ok) return elsewhere;
    if (elsewhere.value !== null)
      return fail(
        "conflict",
        `${stripePriceId} is not a price of ${product.id}, which ${plan.name} is at Stripe.`,
      );
  }
  const others = new Set(plan.prices.map((price) => price.stripePriceId));
  const fitting = there.filter((price) => isOnTerms(price, ours) && !others.has(price.id));
  return ok(
    fitting.find((price) => price.metadata["priceId"] === ours.id) ??
      fitting.find((price) => price.active) ??
      null,
  );
}

async function create(
  push: Pushing,
  { plan, product }: Placed,
  ours: Price,
): Promise<Result<Stripe.Price>> {
  const { interval } = ours;
  const made = await askStripe(push.config, (stripe) =>
    stripe.prices.create(
      {
        product: product.id,
        currency: ours.currency,
        unit_amount: ours.amountMinor,
        ...(interval === null ? {} : { recurring: { interval } }),
        lookup_key: lookupKeyOf(plan.slug, ours),
        // From the price that this one takes the place of.
        transfer_lookup_key: true,
        metadata: { planId: plan.id, priceId: ours.id },
      },
      { idempotencyKey: `catalog:price:${ours.id}:${ours.stripePriceId ?? "none"}:${product.id}` },
    ),
  );
  if (made.ok)
    push.changes.push({
      slug: plan.slug,
      object: "price",
      stripeId: made.value.id,
      change: "created",
    });
  return made;
}

/**
 * Has Stripe hold one of a plan's prices. The amount of a price is never changed: one on other
 * terms, which an operator linked, is refused, and another amount of ours is another price.
 * @returns Stripe's price
 */
export async function pushPrice(
  push: Pushing,
  placed: Placed,
  ours: Price,
): Promise<Result<string>> {
  const { plan } = placed;
  const found = await existing(push, placed, ours);
  if (!found.ok) return found;
  const there = found.value;
  if (there !== null && !isOnTerms(there, ours))
    return fail(
      "conflict",
      `${there.id} is on other terms at Stripe than ${inWords(ours)}: link another, or none.`,
    );
  if (there === null) {
    const made = await create(push, placed, ours);
    if (!made.ok) return made;
    await linkPrice(push.db, ours.id, { stripePriceId: made.value.id, stripeActive: true });
    return ok(made.value.id);
  }
  const metadata = priceMetadataChange(there.metadata, { planId: plan.id, priceId: ours.id });
  const lookup_key = lookupKeyOf(plan.slug, ours);
  // A key that the operator gave it is theirs.
  const hasLookupKey = there.lookup_key !== null;
  if (!there.active || metadata !== undefined || !hasLookupKey) {
    const updated = await askStripe(push.config, (stripe) =>
      stripe.prices.update(there.id, {
        active: true,
        ...(hasLookupKey ? {} : { lookup_key, transfer_lookup_key: true }),
        ...(metadata === undefined ? {} : { metadata }),
      }),
    );
    if (!updated.ok) return updated;
    push.changes.push({ slug: plan.slug, object: "price", stripeId: there.id, change: "updated" });
  }
  if (ours.stripePriceId !== there.id || ours.stripeActive !== true)
    await linkPrice(push.db, ours.id, { stripePriceId: there.id, stripeActive: true });
  return ok(there.id);
}

/** Archives a price at Stripe: nobody buys at it any more, and who subscribed at it stays. */
export async function archivePrice(
  push: Pushing,
  slug: string,
  stripePriceId: string,
): Promise<Result<Stripe.Price>> {
  const archived = await askStripe(push.config, (stripe) =>
    stripe.prices.update(stripePriceId, { active: false }),
  );
  if (archived.ok)
    push.changes.push({ slug, object: "price", stripeId: stripePriceId, change: "archived" });
  return archived;
}
