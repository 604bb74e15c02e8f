import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * What each user used of each model on each UTC day, as the user's account object reports it, in absolute numbers.
 * For reports only: nothing is ever decided by it.
 */
export const usageDaily = sqliteTable(
  "usage_daily",
  {
    userId: text("user_id").notNull(),
    day: text("day").notNull(),
    model: text("model").notNull(),
    requests: integer("requests").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    microcredits: integer("microcredits").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.day, table.model] })],
);
