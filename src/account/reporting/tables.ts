import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Meter } from "../../meters.ts";
import type { UpstreamUsage } from "../ledger/state.ts";

/**
 * The usage of each user by UTC day and model, in absolute numbers, as the user's account object
 * reports it. For reports only: no decision reads it.
 */
export const usageDaily = sqliteTable(
  "usage_daily",
  {
    userId: text("user_id").notNull(),
    day: text("day").notNull(),
    model: text("model").notNull(),
    requests: integer("requests").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    /** The part of the input that the upstream read from its cache. */
    cachedInputTokens: integer("cached_input_tokens").notNull().default(0),
    outputTokens: integer("output_tokens").notNull(),
    microcredits: integer("microcredits").notNull(),
    /** The parts that are known by upstream; `null` in rows of before they were kept. */
    upstreams: text("upstreams", { mode: "json" }).$type<readonly UpstreamUsage[]>(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.day, table.model] }),
    index("usage_daily_by_day").on(table.day, table.model),
  ],
);

// Triggers keep the four tables below in the transaction that writes `usage_daily`, whoever writes
// it and however often (see the migrations `keep-rollups` and `upstream-totals`). The operator's
// reports read them alone.

/** The usage of all users by UTC day and model. */
export const usageTotals = sqliteTable(
  "usage_totals",
  {
    day: text("day").notNull(),
    model: text("model").notNull(),
    users: integer("users").notNull(),
    requests: integer("requests").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    cachedInputTokens: integer("cached_input_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    microcredits: integer("microcredits").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.model] })],
);

/**
 * The parts of `usage_totals` that are known by upstream. What is in none of them was served before
 * they were kept.
 */
export const upstreamTotals = sqliteTable(
  "upstream_totals",
  {
    day: text("day").notNull(),
    model: text("model").notNull(),
    /** A key of the setting UPSTREAMS. */
    upstream: text("upstream").notNull(),
    /** Of the cost; empty where the upstream's prices were not known. */
    currency: text("currency").notNull(),
    requests: integer("requests").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    cachedInputTokens: integer("cached_input_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    microcredits: integer("microcredits").notNull(),
    /** In billionths of the currency's major unit. */
    costNanos: integer("cost_nanos").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.model, table.upstream, table.currency] })],
);

/**
 * The users who were active on a UTC day, by the day on which each was active before that; empty
 * where that is more than 366 days ago, or never. So the users of any range of days are those whose
 * day before a day of it is before the range, each counted once.
 */
export const activeUsers = sqliteTable(
  "active_users",
  {
    day: text("day").notNull(),
    previousDay: text("previous_day").notNull(),
    users: integer("users").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.previousDay] })],
);

/** The usage of each user by month (`YYYY-MM`), to find those with the most. */
export const usageMonthly = sqliteTable(
  "usage_monthly",
  {
    month: text("month").notNull(),
    userId: text("user_id").notNull(),
    requests: integer("requests").notNull(),
    microcredits: integer("microcredits").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.month, table.userId] }),
    index("usage_monthly_by_usage").on(table.month, table.microcredits, table.requests),
  ],
);

/**
 * Overage on its way from the account objects to Stripe's meters. The object writes a row once,
 * under an id that stays the same however often it is sent. Billing's cron reports it to Stripe
 * under that id.
 */
export const overageReports = sqliteTable(
  "overage_reports",
  {
    /** `<user id>:<number of the entry that closed it>`: the identifier of the meter event. */
    id: text("id").primaryKey(),
    userId: text("user_id").notNull(),
    /** The name of the meter event. */
    eventName: text("event_name").notNull(),
    quantity: integer("quantity").notNull(),
    /** The time of the last use in it. */
    usedAt: integer("used_at").notNull(),
    sentAt: integer("sent_at"),
    attempts: integer("attempts").notNull().default(0),
    lastError: text("last_error"),
    nextTryAt: integer("next_try_at"),
  },
  (table) => [
    index("overage_reports_to_send").on(table.nextTryAt, table.usedAt).where(sql`sent_at is null`),
  ],
);

/** The content of a notice. Times in ms; `renewsAtMs` null: with the next payment. */
export type NoticeFact =
  | {
      readonly kind: "balance_low";
      /** Posted, when it was told. */
      readonly balanceMicrocredits: number;
      readonly thresholdMicrocredits: number;
    }
  | {
      readonly kind: "allowance_used_up";
      readonly meter: Meter;
      readonly limit: number;
      readonly renewsAtMs: number | null;
      readonly isBilledBeyond: boolean;
    }
  | {
      readonly kind: "key_new_place";
      readonly keyName: string;
      readonly country: string;
      readonly atMs: number;
    };

/**
 * What the users of accounts should be told. An account writes a row for each thing, and replaces
 * it when a later cause comes; so there are a few for each user. Auth's cron turns them into mails.
 */
export const accountNotices = sqliteTable(
  "account_notices",
  {
    userId: text("user_id").notNull(),
    /**
     * `balance_low`; `allowance_used_up:` and the name of the counter; `key_new_place:` and the
     * key's id.
     */
    subject: text("subject").notNull(),
    /**
     * The number of the entry that brought the balance down, the start of the window, or the time
     * of the first use in that country.
     */
    cause: integer("cause").notNull(),
    fact: text("fact", { mode: "json" }).$type<NoticeFact>().notNull(),
    notedAt: integer("noted_at").notNull(),
    /** The time of the next try; null once it was handled. */
    dueAt: integer("due_at"),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.subject] }),
    index("account_notices_to_handle").on(table.dueAt).where(sql`due_at is not null`),
  ],
);
