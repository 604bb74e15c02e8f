import { and, asc, eq, gt, or, type SQL } from "drizzle-orm";
import type { Database } from "../db.ts";
import { inList } from "../in-list.ts";
import {
  type Model,
  models,
  type Plan,
  type Price,
  plans,
  prices,
  type Unlocks,
} from "./tables.ts";

/** A plan with its active prices, in the operator's order. */
export interface PricedPlan extends Plan {
  readonly prices: readonly Price[];
}

/** The position of a plan in the operator's order. A page begins after one. */
export interface PlanPosition {
  readonly sortOrder: number;
  readonly id: string;
}

async function withPrices(db: Database, rows: readonly Plan[]): Promise<PricedPlan[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((plan) => plan.id);
  const found = await db
    .select()
    .from(prices)
    .where(and(eq(prices.isActive, true), inList(prices.planId, ids)))
    .orderBy(asc(prices.sortOrder), asc(prices.id));
  const byPlan = Map.groupBy(found, (price) => price.planId);
  return rows.map((plan) => ({ ...plan, prices: byPlan.get(plan.id) ?? [] }));
}

/**
 * Lists plans in the operator's order: all or the active ones, at once or a page of `limit` after a
 * position.
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

/** Lists the active plans that unlock something, in the operator's order. */
export async function listUnlockingPlans(db: Database, unlocks: Unlocks): Promise<PricedPlan[]> {
  const rows = await db
    .select()
    .from(plans)
    .where(and(eq(plans.isActive, true), eq(plans.unlocks, unlocks)))
    .orderBy(asc(plans.sortOrder), asc(plans.id));
  return await withPrices(db, rows);
}

/** Finds a plan by its id or slug, active or not. */
export async function findPlan(db: Database, idOrSlug: string): Promise<PricedPlan | undefined> {
  const row = await db
    .select()
    .from(plans)
    .where(or(eq(plans.id, idOrSlug), eq(plans.slug, idOrSlug)))
    .get();
  const [plan] = row === undefined ? [] : await withPrices(db, [row]);
  return plan;
}

/**
 * Finds the plan of a user who bought none: the first active one of kind `free`. Undefined when no
 * catalog was ever loaded.
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

/** Lists prices by their ids, active or not. */
export async function listPricesById(db: Database, priceIds: readonly string[]): Promise<Price[]> {
  return await db.select().from(prices).where(inList(prices.id, priceIds));
}

/**
 * Lists models in the order of their ids: all or the active ones, at once or a page of `limit`
 * after an id.
 */
export async function listModels(
  db: Database,
  { activeOnly, limit, after }: { activeOnly: boolean; limit?: number; after?: string | undefined },
): Promise<Model[]> {
  const isActive = activeOnly ? eq(models.isActive, true) : undefined;
  return await db
    .select()
    .from(models)
    .where(and(isActive, after === undefined ? undefined : gt(models.id, after)))
    .orderBy(asc(models.id))
    .limit(limit ?? -1);
}
