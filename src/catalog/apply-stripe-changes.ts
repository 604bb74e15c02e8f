import { and, eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../db.ts";
import { newId } from "../ids.ts";
import type { PricedPlan } from "./store.ts";
import { type Interval, type Price, plans, prices, type SeenProduct } from "./tables.ts";
import { toLookupKey } from "./upserts.ts";

// What is written here was asked of Stripe after the row was read, and is written only if the row
// is still as it was read. So what was asked earlier never replaces what was asked later, and
// whoever reads and asks again sees whether there is more to do.

/** Statements that come right after the change in its batch: a note of it. */
type AuditStatements = readonly BatchItem<"sqlite">[];

/** Writes what changed of a plan's product at Stripe. */
export async function applyStripeProduct(
  db: Database,
  plan: PricedPlan,
  change: { readonly name?: string; readonly isActive?: boolean; readonly stripeSeen: SeenProduct },
  nowMs: number,
  auditStatements: AuditStatements,
): Promise<void> {
  const isUnchanged = sql`${plans.stripeSeen} is ${sql.param(plan.stripeSeen, plans.stripeSeen)}`;
  const update = db
    .update(plans)
    .set({ ...change, updatedAt: nowMs })
    .where(and(eq(plans.id, plan.id), isUnchanged));
  await db.batch([update, ...auditStatements]);
}

type PriceSlot = Pick<Price, "planId" | "currency" | "interval">;

/** The active prices that are paid in the same way: of them a plan has one. */
const isActiveInSlot = ({ planId, currency, interval }: PriceSlot): SQL | undefined =>
  and(
    eq(prices.planId, planId),
    eq(prices.currency, currency),
    sql`${prices.interval} is ${interval}`,
    eq(prices.isActive, true),
  );

const isSlotFree = ({ planId, currency, interval }: PriceSlot): SQL => sql`not exists (
  select 1 from ${prices} as other where other.plan_id = ${planId} and other.currency = ${currency}
    and other.interval is ${interval} and other.is_active = 1
)`;

const isUnchanged = (price: Price): SQL | undefined =>
  and(eq(prices.id, price.id), sql`${prices.stripeActive} is ${price.stripeActive}`);

/**
 * Notes that Stripe archived a price. It is no longer asked for; in its place comes the newest that
 * Stripe still has active, if there is one.
 */
export async function retirePrice(
  db: Database,
  price: Price,
  auditStatements: AuditStatements,
): Promise<void> {
  const deactivate = db
    .update(prices)
    .set({ isActive: false, stripeActive: false })
    .where(isUnchanged(price));
  const { planId, currency, interval } = price;
  const newest = sql`(
    select heir.id from ${prices} as heir where heir.plan_id = ${planId} and heir.currency = ${currency}
      and heir.interval is ${interval} and heir.stripe_active = 1 order by heir.id desc limit 1
  )`;
  const activateSuccessor = db
    .update(prices)
    .set({ isActive: true })
    .where(and(sql`${prices.id} = ${newest}`, isSlotFree(price)));
  await db.batch([deactivate, ...auditStatements, ...(price.isActive ? [activateSuccessor] : [])]);
}

/**
 * Notes that Stripe has a price active again.
 * @param inPlace whether it takes the place of the one that is asked for now; otherwise only a free
 *   one
 */
export async function activatePrice(
  db: Database,
  price: Price,
  shouldReplace: boolean,
  auditStatements: AuditStatements,
): Promise<void> {
  const isStillUnchanged = sql`exists (
    select 1 from ${prices} as own where own.id = ${price.id} and own.stripe_active is ${price.stripeActive}
  )`;
  const retireCurrent = db
    .update(prices)
    .set({ isActive: false })
    .where(and(isActiveInSlot(price), isStillUnchanged));
  const activate = db
    .update(prices)
    .set({ stripeActive: true, isActive: sql`${prices.isActive} or ${isSlotFree(price)}` })
    .where(isUnchanged(price));
  await (shouldReplace
    ? db.batch([retireCurrent, activate, ...auditStatements])
    : db.batch([activate, ...auditStatements]));
}

/** A price that was made at Stripe. */
export interface StripeMadePrice {
  readonly stripePriceId: string;
  readonly currency: string;
  readonly interval: Interval | null;
  readonly amountMinor: number;
}

/**
 * Makes a price that was made at Stripe the one that its plan asks for. Where a price of ours on
 * the same terms has no Stripe price yet, that is it. Where it has another, that one is kept under
 * another key, for who subscribed at it.
 * @throws where another price is this Stripe price already (two handlers at once): asked again, it
 *   is known
 */
export async function importPrice(
  db: Database,
  plan: PricedPlan,
  stripePrice: StripeMadePrice,
  nowMs: number,
  auditStatements: AuditStatements,
): Promise<void> {
  const { stripePriceId, currency, interval, amountMinor } = stripePrice;
  const lookupKey = toLookupKey(plan.slug, stripePrice);
  const slot = { planId: plan.id, currency, interval };
  const replaced = plan.prices.find(
    (price) => price.currency === currency && price.interval === interval,
  );
  const set = {
    stripePriceId,
    stripeActive: true,
    isActive: true,
    sortOrder: replaced?.sortOrder ?? plan.prices.length,
  };
  await db.batch([
    db.update(prices).set({ isActive: false }).where(isActiveInSlot(slot)),
    db
      .update(prices)
      .set({ lookupKey: sql`${prices.lookupKey} || '#' || ${prices.stripePriceId}` })
      .where(and(eq(prices.lookupKey, lookupKey), sql`${prices.stripePriceId} is not null`)),
    db
      .insert(prices)
      .values({ ...slot, ...set, id: newId("prc", nowMs), amountMinor, lookupKey })
      .onConflictDoUpdate({ target: prices.lookupKey, set }),
    ...auditStatements,
  ]);
}
