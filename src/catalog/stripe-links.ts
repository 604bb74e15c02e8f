import { and, asc, eq, isNotNull } from "drizzle-orm";
import type { Database } from "../db.ts";
import { findPlan, type PricedPlan } from "./store.ts";
import { type Price, plans, prices, type SeenProduct } from "./tables.ts";

/**
 * The price that is this price at Stripe, and its plan, sold or not: a subscription goes on at the
 * price it began with. A metered price, which bills what goes past an allowance, is none.
 */
export async function findPriceByStripeId(
  db: Database,
  stripePriceId: string,
): Promise<{ readonly plan: PricedPlan; readonly price: Price } | undefined> {
  const price = await db.select().from(prices).where(eq(prices.stripePriceId, stripePriceId)).get();
  const plan = price === undefined ? undefined : await findPlan(db, price.planId);
  return price === undefined || plan === undefined ? undefined : { plan, price };
}

/** A price by our own id, asked for or not. */
export const findPrice = async (db: Database, priceId: string): Promise<Price | undefined> =>
  await db.select().from(prices).where(eq(prices.id, priceId)).get();

/** The plan that is this product at Stripe, sold or not. */
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

/** A plan's prices that are no longer asked for, and that Stripe knows. */
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

/** Notes which of Stripe's products a plan is, and what of it was seen there. */
export async function linkProduct(
  db: Database,
  planId: string,
  stripeProductId: string,
  stripeSeen: SeenProduct,
): Promise<void> {
  await db.update(plans).set({ stripeProductId, stripeSeen }).where(eq(plans.id, planId));
}

/** Notes which of Stripe's prices a price is, and whether it is active there. */
export async function linkPrice(
  db: Database,
  priceId: string,
  link: Partial<Pick<Price, "stripePriceId" | "stripeActive" | "meteredStripePriceId">>,
): Promise<void> {
  await db.update(prices).set(link).where(eq(prices.id, priceId));
}
