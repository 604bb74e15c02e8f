import { and, eq, ne, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { newId } from "../ids.ts";
import { toMicrocredits, toMicros } from "../units.ts";
import type { CheckedCatalog } from "./catalog-data.ts";
import type { ModelData } from "./model-data.ts";
import type { PlanData, PriceData } from "./plan-data.ts";
import { modelCosts, models, type Plan, plans, prices } from "./tables.ts";

/** A statement that can be run in a D1 batch, or written out as SQL. */
export type Statement = BatchItem<"sqlite"> & SQLWrapper;

/** What was seen at Stripe, which is nothing once it is another object there. */
export const seenUnlessRelinked = (
  column: SQLWrapper,
  stripeId: string | null,
  seen: SQLWrapper,
): SQL => sql`case when ${column} is ${stripeId} then ${seen} end`;

/** The columns that a plan's entitlement is made of. What is undefined is not written. */
interface EntitlementColumns {
  readonly allowances?: Plan["allowances"] | undefined;
  readonly models?: Plan["models"] | undefined;
  readonly features?: Plan["features"] | undefined;
  readonly requestsPerMinute?: Plan["requestsPerMinute"] | undefined;
}

/**
 * The version that a plan has after these columns are written: one more where any of them differs
 * from what is stored.
 */
export function nextVersion(columns: EntitlementColumns): SQL {
  const differs: SQL[] = [];
  const compare = (column: SQLWrapper, param: SQLWrapper) =>
    differs.push(sql`${column} is not ${param}`);
  if (columns.allowances !== undefined)
    compare(plans.allowances, sql.param(columns.allowances, plans.allowances));
  if (columns.models !== undefined) compare(plans.models, sql.param(columns.models, plans.models));
  if (columns.features !== undefined)
    compare(plans.features, sql.param(columns.features, plans.features));
  if (columns.requestsPerMinute !== undefined)
    compare(plans.requestsPerMinute, sql.param(columns.requestsPerMinute, plans.requestsPerMinute));
  if (differs.length === 0) return sql`${plans.version}`;
  return sql`${plans.version} + (${sql.join(differs, sql` or `)})`;
}

/** The columns that hold a plan, but for its identity and its Stripe product. */
const toPlanColumns = (data: Omit<PlanData, "slug" | "kind" | "prices" | "stripeProductId">) => {
  const { credits, ...same } = data;
  return { ...same, creditsMicrocredits: toMicrocredits(credits) };
};

/** Names a price by all that it is. */
export const toLookupKey = (
  slug: string,
  { currency, interval, amountMinor }: Pick<PriceData, "currency" | "interval" | "amountMinor">,
): string => `${slug}_${currency}_${interval ?? "once"}_${amountMinor}`;

/**
 * Makes a plan's price list what is given. A price that is in it keeps its id, and its Stripe
 * price; where another of Stripe's is given it is another price, and the one of before stays for
 * who pays it. What is not in it is no longer active. To be run after the plan itself is there, in
 * the same batch.
 */
export function upsertPrices<R>(
  db: BaseSQLiteDatabase<"async", R>,
  slug: string,
  list: readonly PriceData[],
  nowMs: number,
): Statement[] {
  const planId = sql<string>`(select ${plans.id} from ${plans} where ${plans.slug} = ${slug})`;
  const keptKeys = JSON.stringify(list.map((price) => toLookupKey(slug, price)));
  // First: an index allows one active price for each currency and interval.
  const retire = db
    .update(prices)
    .set({ isActive: false })
    .where(
      and(
        eq(prices.planId, planId),
        eq(prices.isActive, true),
        sql`${prices.lookupKey} not in (select value from json_each(${keptKeys}))`,
      ),
    );
  const relinked = list.flatMap((price) => {
    const { stripePriceId } = price;
    if (stripePriceId === null) return [];
    const lookupKey = toLookupKey(slug, price);
    const isOtherStripePrice = and(
      eq(prices.lookupKey, lookupKey),
      ne(prices.stripePriceId, stripePriceId),
    );
    const retiredKey = sql`${prices.lookupKey} || '#' || ${prices.stripePriceId}`;
    return [
      db.update(prices).set({ isActive: false, lookupKey: retiredKey }).where(isOtherStripePrice),
      // One that was kept so before is it again.
      db
        .update(prices)
        .set({ lookupKey })
        .where(eq(prices.lookupKey, `${lookupKey}#${stripePriceId}`)),
    ];
  });
  const upserts = list.map((price, sortOrder) => {
    const {
      currency,
      interval,
      amountMinor,
      stripePriceId,
      overageAmountMinor,
      meteredStripePriceId,
    } = price;
    const overage = { overageAmountMinor, meteredStripePriceId };
    const identity = { id: newId("prc", nowMs), planId, lookupKey: toLookupKey(slug, price) };
    return db
      .insert(prices)
      .values({
        ...identity,
        currency,
        interval,
        amountMinor,
        stripePriceId,
        ...overage,
        isActive: true,
        sortOrder,
      })
      .onConflictDoUpdate({
        target: prices.lookupKey,
        set: {
          isActive: true,
          sortOrder,
          overageAmountMinor,
          // A metered price is of one amount: another amount has none yet.
          meteredStripePriceId:
            meteredStripePriceId ??
            sql`case when ${prices.overageAmountMinor} is ${overageAmountMinor} then ${prices.meteredStripePriceId} end`,
          ...(stripePriceId === null
            ? {}
            : {
                stripePriceId,
                stripeActive: seenUnlessRelinked(
                  prices.stripePriceId,
                  stripePriceId,
                  prices.stripeActive,
                ),
              }),
        },
      });
  });
  return [retire, ...relinked, ...upserts];
}

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

const toCostColumns = (cost: ModelData["upstreamCost"]) => ({
  costCurrency: cost?.currency ?? null,
  inputCostMicrosPerMillion: cost === null ? null : toMicros(cost.input),
  cachedInputCostMicrosPerMillion:
    cost === null || cost.cachedInput === null ? null : toMicros(cost.cachedInput),
  outputCostMicrosPerMillion: cost === null ? null : toMicros(cost.output),
});

/** A model's columns, prices in microcredits for a million tokens. */
export const toModelColumns = (data: Omit<ModelData, "id">) => ({
  upstream: data.upstream,
  upstreamModel: data.upstreamModel,
  inputPriceMicrocreditsPerMillion: toMicrocredits(data.inputPrice),
  cachedInputPriceMicrocreditsPerMillion:
    data.cachedInputPrice === null ? null : toMicrocredits(data.cachedInputPrice),
  outputPriceMicrocreditsPerMillion: toMicrocredits(data.outputPrice),
  contextLength: data.contextLength,
  maxOutputTokens: data.maxOutputTokens ?? data.contextLength,
  ...toCostColumns(data.upstreamCost),
  isActive: data.isActive,
});

/**
 * The statement that notes which models cost something else from now on than they did. To be run
 * after the models were written, in the same batch; again, it changes nothing.
 */
export const recordModelCosts = <R>(db: BaseSQLiteDatabase<"async", R>, nowMs: number): Statement =>
  db
    .insert(modelCosts)
    .select(
      // A model of which nothing was ever known has no row: `is` takes null for null.
      sql`select m.id, ${nowMs}, m.cost_currency, m.input_cost_micros_per_million, m.cached_input_cost_micros_per_million,
        m.output_cost_micros_per_million from ${models} m left join ${modelCosts} c
        on c.model_id = m.id and c.since = (select max(l.since) from ${modelCosts} l where l.model_id = m.id)
        where m.cost_currency is not c.cost_currency
          or m.input_cost_micros_per_million is not c.input_cost_micros_per_million
          or m.cached_input_cost_micros_per_million is not c.cached_input_cost_micros_per_million
          or m.output_cost_micros_per_million is not c.output_cost_micros_per_million`,
    )
    .onConflictDoUpdate({
      target: [modelCosts.modelId, modelCosts.since],
      set: {
        costCurrency: sql`excluded.cost_currency`,
        inputCostMicrosPerMillion: sql`excluded.input_cost_micros_per_million`,
        cachedInputCostMicrosPerMillion: sql`excluded.cached_input_cost_micros_per_million`,
        outputCostMicrosPerMillion: sql`excluded.output_cost_micros_per_million`,
      },
    });

/** The statements that take every plan and model off sale that a catalog does not name. */
export function retireUnlisted<R>(
  db: BaseSQLiteDatabase<"async", R>,
  catalog: CheckedCatalog,
  nowMs: number,
): Statement[] {
  const slugs = JSON.stringify(catalog.plans.map((plan) => plan.slug));
  const ids = JSON.stringify(catalog.models.map((model) => model.id));
  return [
    db
      .update(plans)
      .set({ isActive: false, updatedAt: nowMs })
      .where(
        and(
          eq(plans.isActive, true),
          sql`${plans.slug} not in (select value from json_each(${slugs}))`,
        ),
      ),
    db
      .update(models)
      .set({ isActive: false })
      .where(
        and(
          eq(models.isActive, true),
          sql`${models.id} not in (select value from json_each(${ids}))`,
        ),
      ),
  ];
}

/**
 * The statements that make the database's catalog hold this one: plans by slug, models by id,
 * prices by all that they are. Running them again changes nothing but `updatedAt`. Plans and models
 * that are not in it stay as they are.
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
