import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { LocalTexts } from "../languages.ts";
import type { Entitlement } from "../meters.ts";
import { INTERVALS } from "../time.ts";
import { MODEL_KINDS } from "./model-kinds.ts";
import type { MoreCosts, MorePrices } from "./stored-prices.ts";

/**
 * `free` costs nothing, `subscription` renews, `one_time` is paid once (a credit pack, say),
 * `custom` is agreed by hand.
 */
export const PLAN_KINDS = ["free", "subscription", "one_time", "custom"] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/**
 * The things that buying a plan can unlock. `conversation`: one conversation of the buyer's, named
 * in the purchase.
 */
export const UNLOCKS = ["conversation"] as const;
export type Unlocks = (typeof UNLOCKS)[number];

/**
 * The state of a product that was last seen at Stripe. A difference from it was made there, and not
 * here.
 */
export interface SeenProduct {
  readonly name: string;
  readonly active: boolean;
  /**
   * The values of its metadata that set the plan's limits (`messageLimit`, `messagePeriod`), by
   * their keys; those that were taken last. Absent where they were not looked at.
   */
  readonly limits?: Readonly<Record<string, string>>;
  /** The same values where they are not valid, and were not taken. */
  readonly refusedLimits?: Readonly<Record<string, string>>;
}

/** Plans. Rows are never deleted: a plan that is no longer sold is inactive. */
export const plans = sqliteTable(
  "plans",
  {
    id: text("id").primaryKey(),
    /** Never changes: catalog files and Stripe's lookup keys name the plan by it. */
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    /** The name in other languages. */
    names: text("names", { mode: "json" }).$type<LocalTexts>().notNull().default({}),
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
    /** The names that readers see of features, by feature and language. */
    featureNames: text("feature_names", { mode: "json" })
      .$type<Readonly<Record<string, LocalTexts>>>()
      .notNull()
      .default({}),
    /** Whether the pricing page recommends it. */
    highlighted: integer("highlighted", { mode: "boolean" }).notNull().default(false),
    requestsPerMinute: integer("requests_per_minute").notNull(),
    trialDays: integer("trial_days").notNull(),
    unlocks: text("unlocks", { enum: UNLOCKS }),
    /**
     * Rises when allowances, models, features or requestsPerMinute change, and at no other time.
     */
    version: integer("version").notNull(),
    sortOrder: integer("sort_order").notNull(),
    stripeProductId: text("stripe_product_id").unique(),
    /** `null`: not seen since the plan was linked to this product. */
    stripeSeen: text("stripe_seen", { mode: "json" }).$type<SeenProduct>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("plans_in_order").on(table.sortOrder, table.id)],
);

/**
 * Prices of plans. A price's amount never changes: another amount is another row, and the old row
 * becomes inactive.
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
    /** `null`: paid once. */
    interval: text("interval", { enum: INTERVALS }),
    amountMinor: integer("amount_minor").notNull(),
    stripePriceId: text("stripe_price_id").unique(),
    /**
     * Whether the price was active at Stripe when last seen; `null` when it was not seen since it
     * was linked.
     */
    stripeActive: integer("stripe_active", { mode: "boolean" }),
    /**
     * The price of each unit past the allowance, in minor units with up to 12 decimals, as Stripe's
     * `unit_amount_decimal`.
     */
    overageAmountMinor: text("overage_amount_minor"),
    /** Stripe's metered price for it, which a subscription has beside this one. */
    meteredStripePriceId: text("metered_stripe_price_id").unique(),
    isActive: integer("is_active", { mode: "boolean" }).notNull(),
    /** Names the price by its terms: `starter_usd_once_999`. */
    lookupKey: text("lookup_key").notNull().unique(),
    /** Position in the plan's list. The first price is the default. */
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
 * The columns of an upstream's prices, in millionths of the currency's major unit for a million
 * tokens. All are `null` when they are not known; cached input's alone when it costs as much as
 * input.
 */
const costColumns = () => ({
  costCurrency: text("cost_currency"),
  inputCostMicrosPerMillion: integer("input_cost_micros_per_million"),
  cachedInputCostMicrosPerMillion: integer("cached_input_cost_micros_per_million"),
  outputCostMicrosPerMillion: integer("output_cost_micros_per_million"),
});

/**
 * An upstream by which a model is served, and its own name of it. They are tried in their order.
 * Neighbours with a weight are equals: which of them is tried first is drawn by their weights.
 */
export interface ModelUpstream {
  readonly upstream: string;
  readonly upstreamModel: string;
  readonly weight: number | null;
}

/** Models that users may name, with their prices in microcredits for a million tokens. */
export const models = sqliteTable("models", {
  /** The name that users use. May hold `/`, `.`, `:` and `-`. */
  id: text("id").primaryKey(),
  /** Other names by which users may name it. */
  aliases: text("aliases", { mode: "json" }).$type<readonly string[]>().notNull().default([]),
  kind: text("kind", { enum: MODEL_KINDS }).notNull().default("chat"),
  /** A key of the setting UPSTREAMS. */
  upstream: text("upstream").notNull(),
  /** The upstream's own name for it. */
  upstreamModel: text("upstream_model").notNull(),
  /** All upstreams, of which the first is in the columns before. `null`: that one alone. */
  upstreams: text("upstreams", { mode: "json" }).$type<readonly ModelUpstream[]>(),
  inputPriceMicrocreditsPerMillion: integer("input_price_microcredits_per_million").notNull(),
  /** `null`: cached input costs as much as input. */
  cachedInputPriceMicrocreditsPerMillion: integer("cached_input_price_microcredits_per_million"),
  /** `null`: input that is written to a cache costs as much as input. */
  cacheWritePriceMicrocreditsPerMillion: integer("cache_write_price_microcredits_per_million"),
  outputPriceMicrocreditsPerMillion: integer("output_price_microcredits_per_million").notNull(),
  /** Prices beside those of input and output; `null` where there are none. */
  morePrices: text("more_prices", { mode: "json" }).$type<MorePrices>(),
  /** What the model is good at, by language. */
  descriptions: text("descriptions", { mode: "json" }).$type<LocalTexts>().notNull().default({}),
  contextLength: integer("context_length").notNull(),
  maxOutputTokens: integer("max_output_tokens").notNull(),
  /** Whether it thinks without its thoughts being in the reply. */
  reasoning: integer("reasoning", { mode: "boolean" }).notNull().default(false),
  /** The most tokens that a picture takes. `null`: what the setting of its upstream says. */
  imageTokens: integer("image_tokens"),
  /** The same with `detail: "low"`. `null`: as many as any other. */
  lowDetailImageTokens: integer("low_detail_image_tokens"),
  ...costColumns(),
  /** The upstream's prices beside those; `null` where there are none. */
  moreCosts: text("more_costs", { mode: "json" }).$type<MoreCosts>(),
  isActive: integer("is_active", { mode: "boolean" }).notNull(),
  createdAt: integer("created_at").notNull(),
});

/**
 * The history of upstreams' prices: a row for each change, never changed itself, so that past days
 * are computed at the prices of their time.
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
