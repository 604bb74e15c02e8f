import { and, eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Context } from "../context.ts";
import type { Database } from "../db.ts";
import { newId } from "../ids.ts";
import type { Interval } from "../time.ts";
import { nextVersion } from "./next-version.ts";
import type { PricedPlan } from "./store.ts";
import { type Plan, type Price, plans, prices, type SeenProduct } from "./tables.ts";
import { toLookupKey } from "./upsert-prices.ts";

// Each change was fetched from Stripe after the row was read, and is written only if the row is
// still as it was read. So an earlier fetch never replaces a later one, and a caller that reads and
// fetches again sees whether there is more to do.

/** The audit statements of a change, which run right after it in its batch. */
type AuditStatements = readonly BatchItem<"sqlite">[];

/** Writes the changes of a plan's product at Stripe. The version rises with its allowances. */
export async function applyStripeProduct(
  { db, nowMs }: Context,
  plan: PricedPlan,
  change: {
    readonly name?: string;
    readonly isActive?: boolean;
    readonly allowances?: Plan["allowances"];
    readonly stripeSeen: SeenProduct;
  },
  auditStatements: AuditStatements,
): Promise<void> {
  const { allowances } = change;
  const isUnchanged = and(
    sql`${plans.stripeSeen} is ${sql.param(plan.stripeSeen, plans.stripeSeen)}`,
    allowances === undefined
      ? undefined
      : sql`${plans.allowances} is ${sql.param(plan.allowances, plans.allowances)}`,
  );
  const update = db
    .update(plans)
    .set({ ...change, version: nextVersion({ allowances }), updatedAt: nowMs })
    .where(and(eq(plans.id, plan.id), isUnchanged));
  await db.batch([update, ...auditStatements]);
}

type PriceSlot = Pick<Price, "planId" | "currency" | "interval">;

/** The condition on the active price of a slot. A plan has one for each currency and interval. */
const isActiveInSlot = ({ planId, currency, interval }: PriceSlot): SQL | undefined =>
  and(
    eq(prices.planId, planId),
    eq(prices.currency, currency),
    sql`${prices.interval} is ${interval}`,
    eq(prices.isActive, true),
  );

const isSlotFree = ({ planId, currency, interval }: PriceSlot): SQL => sql`not exists (
  select 1 from ${prices} as other
  where other.plan_id = ${planId} and other.currency = ${currency}
    and other.interval is ${interval} and other.is_active = 1
)`;

const isUnchanged = (price: Price): SQL | undefined =>
  and(eq(prices.id, price.id), sql`${prices.stripeActive} is ${price.stripeActive}`);

/**
 * Retires a price that Stripe archived. The newest price in its slot that is still active at Stripe
 * takes its place, if there is one.
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
    select heir.id from ${prices} as heir
    where heir.plan_id = ${planId} and heir.currency = ${currency}
      and heir.interval is ${interval} and heir.stripe_active = 1
    order by heir.id desc limit 1
  )`;
  const activateSuccessor = db
    .update(prices)
    .set({ isActive: true })
    .where(and(sql`${prices.id} = ${newest}`, isSlotFree(price)));
  await db.batch([deactivate, ...auditStatements, ...(price.isActive ? [activateSuccessor] : [])]);
}

/**
 * Activates a price that is active again at Stripe.
 * @param shouldReplace whether it replaces the active price of its slot; otherwise it becomes
 *   active only in a free slot
 */
export async function activatePrice(
  db: Database,
  price: Price,
  shouldReplace: boolean,
  auditStatements: AuditStatements,
): Promise<void> {
  const isStillUnchanged = sql`exists (
    select 1 from ${prices} as own
    where own.id = ${price.id} and own.stripe_active is ${price.stripeActive}
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
 * Imports a price that was made at Stripe, as the active one of its slot. A price of ours on the
 * same terms without a Stripe price is linked to it. One with another Stripe price is kept under
 * another key, for its subscribers.
 * @throws when another price is linked to this Stripe price already (two handlers at once).
 *   Retried, the caller finds it.
 */
export async function importPrice(
  { db, nowMs }: Context,
  plan: PricedPlan,
  stripePrice: StripeMadePrice,
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
