import { and, eq } from "drizzle-orm";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { newId } from "../ids.ts";
import { notInList } from "../in-list.ts";
import { toMicrocredits } from "../units.ts";
import type { CheckedCatalog } from "./catalog-data.ts";
import { recordModelCosts, toModelColumns } from "./model-columns.ts";
import { nextVersion } from "./next-version.ts";
import type { PlanData } from "./plan-data.ts";
import type { Statement } from "./statement.ts";
import { models, plans } from "./tables.ts";
import { seenUnlessRelinked, upsertPrices } from "./upsert-prices.ts";

/** Returns the columns of a plan, without its identity and its Stripe product. */
const toPlanColumns = (data: Omit<PlanData, "slug" | "kind" | "prices" | "stripeProductId">) => {
  const { credits, ...same } = data;
  return { ...same, creditsMicrocredits: toMicrocredits(credits) };
};

function upsertPlan<R>(
  db: BaseSQLiteDatabase<"async", R>,
  data: PlanData,
  nowMs: number,
): Statement {
  const { slug, kind, prices: _, stripeProductId, ...rest } = data;
  const columns = toPlanColumns(rest);
  return db
    .insert(plans)
    .values({
      ...columns,
      id: newId("pln", nowMs),
      slug,
      kind,
      stripeProductId,
      version: 1,
      createdAt: nowMs,
      updatedAt: nowMs,
    })
    .onConflictDoUpdate({
      target: plans.slug,
      set: {
        ...columns,
        kind,
        ...(stripeProductId === null
          ? {}
          : {
              stripeProductId,
              stripeSeen: seenUnlessRelinked(
                plans.stripeProductId,
                stripeProductId,
                plans.stripeSeen,
              ),
            }),
        version: nextVersion(columns),
        updatedAt: nowMs,
      },
    });
}

/** Returns the statements that deactivate every plan and model that a catalog does not name. */
export function retireUnlisted<R>(
  db: BaseSQLiteDatabase<"async", R>,
  catalog: CheckedCatalog,
  nowMs: number,
): Statement[] {
  const slugs = catalog.plans.map((plan) => plan.slug);
  const ids = catalog.models.map((model) => model.id);
  return [
    db
      .update(plans)
      .set({ isActive: false, updatedAt: nowMs })
      .where(and(eq(plans.isActive, true), notInList(plans.slug, slugs))),
    db
      .update(models)
      .set({ isActive: false })
      .where(and(eq(models.isActive, true), notInList(models.id, ids))),
  ];
}

/**
 * Returns the statements that write a catalog into the database: plans by slug, models by id,
 * prices by their terms. Repeated, they change nothing but `updatedAt`. Plans and models that the
 * catalog does not name stay as they are.
 */
export function upsertCatalog<R>(
  db: BaseSQLiteDatabase<"async", R>,
  catalog: CheckedCatalog,
  nowMs: number,
): Statement[] {
  const modelStatements = catalog.models.map(({ id, ...data }) => {
    const columns = toModelColumns(data);
    return db
      .insert(models)
      .values({ ...columns, id, createdAt: nowMs })
      .onConflictDoUpdate({ target: models.id, set: columns });
  });
  const planStatements = catalog.plans.flatMap((plan) => [
    upsertPlan(db, plan, nowMs),
    ...upsertPrices(db, plan.slug, plan.prices, nowMs),
  ]);
  return [
    ...modelStatements,
    ...(modelStatements.length === 0 ? [] : [recordModelCosts(db, nowMs)]),
    ...planStatements,
  ];
}
