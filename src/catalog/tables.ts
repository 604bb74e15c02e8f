import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Entitlement } from "../meters.ts";

/**
 * `free` costs nothing, `subscription` renews, `one_time` is paid once (a credit pack, say),
 * `custom` is agreed by hand.
 */
export const PLAN_KINDS = ["free", "subscription", "one_time", "custom"] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** How often a price is paid, in Stripe's words. A price paid once has none (`null`). */
export const INTERVALS = ["day", "week", "month", "year"] as const;
export type Interval = (typeof INTERVALS)[number];

/**
 * What buying a plan opens, beside what it entitles to. `conversation`: one conversation of the
 * buyer's, named when it is bought.
 */
export const UNLOCKS = ["conversation"] as const;
export type Unlocks = (typeof UNLOCKS)[number];

/**
 * What of a product was last seen at Stripe. What differs from it now was changed there, and not
 * here.
 */
export interface SeenProduct {
  readonly name: string;
  readonly active: boolean;
}

/** What is sold. Rows are never removed: a plan that is no longer sold is not active. */
export const plans = sqliteTable(
  "plans",
  {
    id: text("id").primaryKey(),
    /** Never changes: catalog files and Stripe's lookup keys know the plan by it. */
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    kind: text("kind", { enum: PLAN_KINDS }).notNull(),
    /** Granted for each payment. */
    creditsMicrocredits: integer("credits_microcredits").notNull(),
    /** `null`: they never expire. */
    creditsExpireAfterDays: integer("credits_expire_after_days"),
    isActive: integer("is_active", { mode: "boolean" }).notNull(),
    allowances: text("allowances", { mode: "json" }).$type<Entitlement["allowances"]>().notNull(),
    /** Models that the allowances pay for; `null` is all of them. */
    models: text("models", { mode: "json" }).$type<readonly string[]>(),
    features: text("features", { mode: "json" }).$type<readonly string[]>().notNull(),
    requestsPerMinute: integer("requests_per_minute").notNull(),
    trialDays: integer("trial_days").notNull(),
    unlocks: text("unlocks", { enum: UNLOCKS }),
    /**
     * Rises when allowances, models, features or requestsPerMinute change, and at no other time.
     */
    version: integer("version").notNull(),
    sortOrder: integer("sort_order").notNull(),
    stripeProductId: text("stripe_product_id").unique(),
    /** `null`: nothing was, since it became this product. */
    stripeSeen: text("stripe_seen", { mode: "json" }).$type<SeenProduct>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("plans_in_order").on(table.sortOrder, table.id)],
);

/**
 * What a plan costs. A price's amount never changes: another amount is another row, and the old one
 * is no longer active.
 */
export const prices = sqliteTable(
  "prices",
  {
    id: text("id").primaryKey(),
    planId: text("plan_id")
      .notNull()
      .references(() => plans.id),
    /** ISO 4217, lower case as Stripe has it. */
    currency: text("currency").notNull(),
    interval: text("interval", { enum: INTERVALS }),
    amountMinor: integer("amount_minor").notNull(),
    stripePriceId: text("stripe_price_id").unique(),
    /**
     * Whether Stripe's price was active when last seen; `null` when it was not seen since it became
     * this price.
     */
    stripeActive: integer("stripe_active", { mode: "boolean" }),
    /**
     * What each unit past the allowance costs, in minor units and up to 12 decimals, as Stripe's
     * `unit_amount_decimal`.
     */
    overageAmountMinor: text("overage_amount_minor"),
    /** Stripe's metered price for it, which a subscription has beside this one. */
    meteredStripePriceId: text("metered_stripe_price_id").unique(),
    isActive: integer("is_active", { mode: "boolean" }).notNull(),
    /** Names the price by all that it is: `starter_usd_once_999`. */
    lookupKey: text("lookup_key").notNull().unique(),
    /** Place in the plan's list. The first is the one shown when none is asked for. */
    sortOrder: integer("sort_order").notNull(),
  },
  (table) => [
    uniqueIndex("prices_one_active_recurring")
      .on(table.planId, table.currency, table.interval)
      .where(sql`is_active = 1 and interval is not null`),
    uniqueIndex("prices_one_active_once")
      .on(table.planId, table.currency)
      .where(sql`is_active = 1 and interval is null`),
  ],
);

/**
 * What the operator pays the upstream, in millionths of the currency's major unit for a million
 * tokens. All are `null` where that is not known; cached input's alone where it costs what input
 * costs.
 */
const costColumns = () => ({
  costCurrency: text("cost_currency"),
  inputCostMicrosPerMillion: integer("input_cost_micros_per_million"),
  cachedInputCostMicrosPerMillion: integer("cached_input_cost_micros_per_million"),
  outputCostMicrosPerMillion: integer("output_cost_micros_per_million"),
});

/**
 * Models that users may name, and what a token of each costs, in microcredits for a million tokens.
 */
export const models = sqliteTable("models", {
  /** As users name it. May hold `/`, `.`, `:` and `-`. */
  id: text("id").primaryKey(),
  /** A key of the setting UPSTREAMS. */
  upstream: text("upstream").notNull(),
  /** As that upstream names it. */
  upstreamModel: text("upstream_model").notNull(),
  inputPriceMicrocreditsPerMillion: integer("input_price_microcredits_per_million").notNull(),
  /** `null`: cached input costs what input costs. */
  cachedInputPriceMicrocreditsPerMillion: integer("cached_input_price_microcredits_per_million"),
  outputPriceMicrocreditsPerMillion: integer("output_price_microcredits_per_million").notNull(),
  contextLength: integer("context_length").notNull(),
  maxOutputTokens: integer("max_output_tokens").notNull(),
  ...costColumns(),
  isActive: integer("is_active", { mode: "boolean" }).notNull(),
  createdAt: integer("created_at").notNull(),
});

/**
 * Since when a model costs what: a row for each change, never changed itself, so that past days are
 * reckoned at what they cost.
 */
export const modelCosts = sqliteTable(
  "model_costs",
  { modelId: text("model_id").notNull(), since: integer("since").notNull(), ...costColumns() },
  (table) => [primaryKey({ columns: [table.modelId, table.since] })],
);

export type Plan = Readonly<typeof plans.$inferSelect>;
export type Price = Readonly<typeof prices.$inferSelect>;
export type Model = Readonly<typeof models.$inferSelect>;
export type ModelCost = Readonly<typeof modelCosts.$inferSelect>;
