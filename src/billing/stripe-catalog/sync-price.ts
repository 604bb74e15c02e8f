import type Stripe from "stripe";
import { auditIfChanged, auditStatement } from "../../audit/index.ts";
import {
  activatePrice,
  findPlanByStripeId,
  findPrice,
  findPriceByStripeId,
  importPrice,
  linkPrice,
  type Price,
  type PricedPlan,
  retirePrice,
} from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { converge } from "../../converge.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { fetchFromStripe } from "../stripe/fetch-from-stripe.ts";
import type { SyncOutcome } from "../stripe/sync-outcome.ts";
import { idOf } from "../stripe/values.ts";
import { matchesTerms } from "./desired-state.ts";
import { decidePriceChange, parseForeignPrice } from "./price-change.ts";

const ROUNDS_MAX = 5;

/**
 * Imports a price that is not known yet.
 * @returns whether it is known now
 */
async function importUnknownPrice(ctx: Context, stripePrice: Stripe.Price): Promise<boolean> {
  const { db, nowMs } = ctx;
  const plan = await findPlanByStripeId(db, idOf(stripePrice.product));
  if (plan === undefined || !stripePrice.active) return false;
  // A price that was pushed, and whose id is not stored yet, or never was because the Worker died.
  const pushed = await findPrice(db, stripePrice.metadata["priceId"] ?? "");
  if (pushed !== undefined) {
    if (
      pushed.planId !== plan.id ||
      pushed.stripePriceId !== null ||
      !matchesTerms(stripePrice, pushed)
    )
      return false;
    await linkPrice(db, pushed.id, { stripePriceId: stripePrice.id, stripeActive: true });
    return true;
  }
  const foreign = parseForeignPrice(plan, stripePrice);
  if (foreign === undefined) return false;
  if (typeof foreign === "string") {
    const error = `The price ${stripePrice.id} of ${plan.slug} can't be sold here: ${foreign}.`;
    log.error("stripe_price.import_failed", { error });
    return false;
  }
  const { currency, interval, amountMinor } = foreign;
  const after = { currency, interval, amountMinor };
  const actor = { kind: "stripe", id: stripePrice.id } as const;
  const auditEntry = auditStatement(
    db,
    { actor, action: "price.created", subjectId: plan.id, after },
    nowMs,
  );
  await importPrice(ctx, plan, foreign, [auditEntry]);
  return true;
}

/**
 * Applies the state at Stripe of a price that is known.
 * @returns whether anything changed
 */
async function applyPriceChange(
  { db, nowMs }: Context,
  plan: PricedPlan,
  price: Price,
  stripePrice: Stripe.Price | null,
): Promise<boolean> {
  const change = decidePriceChange(plan, price, stripePrice);
  if (change === undefined) return false;
  if (change === "seen") {
    await linkPrice(db, price.id, { stripeActive: true });
    return true;
  }
  const action = change === "off_sale" ? "price.archived" : "price.restored";
  const actor = { kind: "stripe", id: price.stripePriceId ?? price.id } as const;
  const auditEntries = [
    auditIfChanged(db, { actor, action, subjectId: plan.id, after: { priceId: price.id } }, nowMs),
  ];
  if (change === "off_sale") await retirePrice(db, price, auditEntries);
  else await activatePrice(db, price, change === "in_place", auditEntries);
  return true;
}

/**
 * Syncs a price with Stripe. Archived there, it becomes inactive here. Made there, on a plan's
 * product and with the plan's lookup key or id in the metadata, it becomes the plan's price.
 * Amounts do not change: a price at Stripe keeps its own.
 * @returns `unknown` when it is not ours
 */
export async function syncPrice(ctx: Context, stripePriceId: string): Promise<Result<SyncOutcome>> {
  const { db, config } = ctx;
  const synced = await converge<Result<SyncOutcome>>(ROUNDS_MAX, async (round) => {
    const known = await findPriceByStripeId(db, stripePriceId);
    const fetched = await fetchFromStripe(config, (stripe) =>
      stripe.prices.retrieve(stripePriceId),
    );
    if (!fetched.ok) return { done: fetched };
    const stripePrice = fetched.value;
    if (known === undefined)
      return stripePrice !== null && (await importUnknownPrice(ctx, stripePrice))
        ? "again"
        : { done: ok("unknown") };
    if (await applyPriceChange(ctx, known.plan, known.price, stripePrice)) return "again";
    return { done: ok(round === 0 ? "unchanged" : "changed") };
  });
  return synced ?? fail("conflict", `The price ${stripePriceId} keeps changing. Try again later.`);
}
