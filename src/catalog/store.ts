import { and, asc, eq, gt, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import {
  type Model,
  models,
  type Plan,
  type Price,
  plans,
  prices,
  type Unlocks,
} from "./tables.ts";

/** A plan with the prices it is sold for now, in the operator's order. */
export interface PricedPlan extends Plan {
  readonly prices: readonly Price[];
}

/** Where a page of plans begins: after this one. */
export interface PlanPosition {
  readonly sortOrder: number;
  readonly id: string;
}

async function withPrices(db: Database, rows: readonly Plan[]): Promise<PricedPlan[]> {
  if (rows.length === 0) return [];
  // One parameter however many plans there are: D1 takes at most 100.
  const ids = JSON.stringify(rows.map((plan) => plan.id));
  const found = await db
    .select()
    .from(prices)
    .where(
      and(
        eq(prices.isActive, true),
        sql`${prices.planId} in (select value from json_each(${ids}))`,
      ),
    )
    .orderBy(asc(prices.sortOrder), asc(prices.id));
  const byPlan = Map.groupBy(found, (price) => price.planId);
  return rows.map((plan) => ({ ...plan, prices: byPlan.get(plan.id) ?? [] }));
}

/**
 * Plans in the operator's order: all, or those that are sold now; all at once, or a page of `limit`
 * after a position.
 */
export async function listPlans(
  db: Database,
  {
    activeOnly,
    limit,
    after,
  }: { activeOnly: boolean; limit?: number; after?: PlanPosition | undefined },
): Promise<PricedPlan[]> {
  const conditions: (SQL | undefined)[] = [];
  if (activeOnly) conditions.push(eq(plans.isActive, true));
  if (after !== undefined)
    conditions.push(
      or(
        gt(plans.sortOrder, after.sortOrder),
        and(eq(plans.sortOrder, after.sortOrder), gt(plans.id, after.id)),
      ),
    );
  const rows = await db
    .select()
    .from(plans)
    .where(and(...conditions))
    .orderBy(asc(plans.sortOrder), asc(plans.id))
    .limit(limit ?? -1);
  return await withPrices(db, rows);
}

/** The plans that are sold now to unlock something, in the operator's order. */
export async function listUnlockingPlans(db: Database, unlocks: Unlocks): Promise<PricedPlan[]> {
  const rows = await db
    .select()
    .from(plans)
    .where(and(eq(plans.isActive, true), eq(plans.unlocks, unlocks)))
    .orderBy(asc(plans.sortOrder), asc(plans.id));
  return await withPrices(db, rows);
}

/** A plan by its id or its slug, sold or not. */
export async function findPlan(db: Database, idOrSlug: string): Promise<PricedPlan | undefined> {
  const rows = await db
    .select()
    .from(plans)
    .where(or(eq(plans.id, idOrSlug), eq(plans.slug, idOrSlug)))
    .limit(1);
  const [plan] = await withPrices(db, rows);
  return plan;
}

/**
 * The plan that a user has who bought none: the first active one of kind free. None when no catalog
 * was ever loaded.
 */
export async function findFreePlan(db: Database): Promise<Plan | undefined> {
  return await db
    .select()
    .from(plans)
    .where(and(eq(plans.kind, "free"), eq(plans.isActive, true)))
    .orderBy(asc(plans.sortOrder), asc(plans.id))
    .limit(1)
    .get();
}

/** Prices by their ids, sold or not. */
export async function listPricesById(db: Database, priceIds: readonly string[]): Promise<Price[]> {
  const isListed = sql`${prices.id} in (select value from json_each(${JSON.stringify(priceIds)}))`;
  return await db.select().from(prices).where(isListed);
}

/**
 * Models in the order of their ids: all, or those that may be used now; all at once, or a page of
 * `limit` after an id.
 */
export async function listModels(
  db: Database,
  { activeOnly, limit, after }: { activeOnly: boolean; limit?: number; after?: string | undefined },
): Promise<Model[]> {
  const isWanted = activeOnly ? eq(models.isActive, true) : undefined;
  return await db
    .select()
    .from(models)
    .where(and(isWanted, after === undefined ? undefined : gt(models.id, after)))
    .orderBy(asc(models.id))
    .limit(limit ?? -1);
}
