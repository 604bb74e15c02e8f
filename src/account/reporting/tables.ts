import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.day, table.model] }),
    index("usage_daily_by_day").on(table.day, table.model),
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
