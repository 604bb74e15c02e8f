import { and, asc, eq, isNotNull } from "drizzle-orm";
import type { Database } from "../db.ts";
import { findPlan, type PricedPlan } from "./store.ts";
import { type Price, plans, prices, type SeenProduct } from "./tables.ts";

/**
 * Finds the price that is linked to a price at Stripe, and its plan, both active or not: a
 * subscription goes on at the price that it began with. A metered price, which bills use past an
 * allowance, is not found.
 */
export async function findPriceByStripeId(
  db: Database,
  stripePriceId: string,
): Promise<{ readonly plan: PricedPlan; readonly price: Price } | undefined> {
  const price = await db.select().from(prices).where(eq(prices.stripePriceId, stripePriceId)).get();
  const plan = price === undefined ? undefined : await findPlan(db, price.planId);
  return price === undefined || plan === undefined ? undefined : { plan, price };
}

/** Finds a price by our own id, active or not. */
export const findPrice = async (db: Database, priceId: string): Promise<Price | undefined> =>
  await db.select().from(prices).where(eq(prices.id, priceId)).get();

/** Finds the plan that is linked to a product at Stripe, active or not. */
export async function findPlanByStripeId(
  db: Database,
  stripeProductId: string,
): Promise<PricedPlan | undefined> {
  const row = await db
    .select({ id: plans.id })
    .from(plans)
    .where(eq(plans.stripeProductId, stripeProductId))
    .get();
  return row === undefined ? undefined : await findPlan(db, row.id);
}

/** Lists a plan's inactive prices that are linked to a price at Stripe. */
export const listRetiredStripePrices = async (
  db: Database,
  planId: string,
): Promise<readonly Price[]> =>
  await db
    .select()
    .from(prices)
    .where(
      and(eq(prices.planId, planId), eq(prices.isActive, false), isNotNull(prices.stripePriceId)),
    )
    .orderBy(asc(prices.id));

/** Links a plan to a product at Stripe, and records the state that was seen there. */
export async function linkProduct(
  db: Database,
  planId: string,
  stripeProductId: string,
  stripeSeen: SeenProduct,
): Promise<void> {
  await db.update(plans).set({ stripeProductId, stripeSeen }).where(eq(plans.id, planId));
}

/** Links a price to prices at Stripe, and records whether it is active there. */
export async function linkPrice(
  db: Database,
  priceId: string,
  link: Partial<Pick<Price, "stripePriceId" | "stripeActive" | "meteredStripePriceId">>,
): Promise<void> {
  await db.update(prices).set(link).where(eq(prices.id, priceId));
}
