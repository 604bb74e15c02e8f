import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What was last seen of each thing that has to work: a row for each, by its name. */
export const checks = sqliteTable("checks", {
  /** `cron`, `webhook`, `mail`, `upstream:groq`. */
  name: text().primaryKey(),
  isOk: integer("is_ok", { mode: "boolean" }).notNull(),
  /** Why it failed, without any secret; null where it works. */
  problem: text(),
  checkedAt: integer("checked_at").notNull(),
});
