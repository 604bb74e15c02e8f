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
import { type Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { fetchFromStripe } from "../stripe/fetch-from-stripe.ts";
import type { SyncOutcome } from "../stripe/sync-outcome.ts";
import { idOf } from "../stripe/values.ts";
import { matchesTerms } from "./desired-state.ts";
import { decidePriceChange, parseForeignPrice } from "./price-change.ts";

const ROUNDS_MAX = 5;

/** A price that is not known yet. @returns whether it is known now */
async function importUnknownPrice(
  db: Database,
  stripePrice: Stripe.Price,
  nowMs: number,
): Promise<boolean> {
  const plan = await findPlanByStripeId(db, idOf(stripePrice.product));
  if (plan === undefined || !stripePrice.active) return false;
  // One that was pushed, and whose id is not written down yet, or never was because the Worker
  // died.
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
    const error = `The price ${stripePrice.id} of ${plan.slug} cannot be sold here: ${foreign}.`;
    console.error(
      JSON.stringify({ level: "error", doing: "taking a price over from Stripe", error }),
    );
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
  await importPrice(db, plan, foreign, nowMs, [auditEntry]);
  return true;
}

/**
 * Does what Stripe's state of a price that is known asks for. @returns whether there was anything
 * to do
 */
async function applyPriceChange(
  db: Database,
  plan: PricedPlan,
  price: Price,
  stripePrice: Stripe.Price | null,
  nowMs: number,
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
 * Brings a plan's prices to what one of them is at Stripe now: archived there it is no longer asked
 * for; made there, on a plan's product and with its lookup key or its id as metadata, it is what
 * the plan costs. Amounts do not change: Stripe's prices keep theirs.
 * @returns `unknown` where it is none of ours
 */
export async function syncPrice(ctx: Context, stripePriceId: string): Promise<Result<SyncOutcome>> {
  const { db, config, nowMs } = ctx;
  const synced = await converge<Result<SyncOutcome>>(ROUNDS_MAX, async (round) => {
    const known = await findPriceByStripeId(db, stripePriceId);
    const fetched = await fetchFromStripe(config, (stripe) =>
      stripe.prices.retrieve(stripePriceId),
    );
    if (!fetched.ok) return { done: fetched };
    const stripePrice = fetched.value;
    if (known === undefined)
      return stripePrice !== null && (await importUnknownPrice(db, stripePrice, nowMs))
        ? "again"
        : { done: ok("unknown") };
    if (await applyPriceChange(db, known.plan, known.price, stripePrice, nowMs)) return "again";
    return { done: ok(round === 0 ? "unchanged" : "changed") };
  });
  return synced ?? fail("conflict", `The price ${stripePriceId} goes on changing.`);
}
