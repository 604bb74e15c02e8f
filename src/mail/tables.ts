import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { LANGUAGE_NAMES } from "../languages.ts";
import { MAIL_KINDS } from "./letters/letter.ts";

export const MAIL_STATES = ["queued", "sent", "given_up"] as const;

/** The outbox: mails to send, and the last weeks' that were. Times in ms since 1970. */
export const mails = sqliteTable(
  "mails",
  {
    id: text().primaryKey(),
    /** Names the cause. A second mail of the same cause is not queued. */
    onceKey: text("once_key").notNull().unique(),
    kind: text({ enum: MAIL_KINDS }).notNull(),
    /** Null for somebody who is signing up. */
    userId: text("user_id"),
    state: text({ enum: MAIL_STATES }).notNull(),
    /**
     * The rendered message with its recipient, encrypted. Null once it was sent or given up: links
     * and codes in it would still be good.
     */
    sealedMessage: text("sealed_message"),
    tries: integer().notNull(),
    /** The time of the next try. */
    dueAt: integer("due_at").notNull(),
    /** The time after which nobody needs it any more. */
    giveUpAt: integer("give_up_at").notNull(),
    /** The last refusal, without the recipient. */
    lastError: text("last_error"),
    /** The service's id of the message. */
    providerId: text("provider_id"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("mails_due").on(table.state, table.dueAt),
    index("mails_by_state").on(table.state, table.id),
    index("mails_of_user").on(table.userId, table.id),
  ],
);

/**
 * The mails that users want, a row for each who ever chose. A kind without a column always comes.
 */
export const mailPreferences = sqliteTable("mail_preferences", {
  userId: text("user_id").primaryKey(),
  /** Null where it was never chosen. */
  language: text({ enum: LANGUAGE_NAMES }),
  balanceLow: integer("balance_low", { mode: "boolean" }).notNull().default(true),
  allowanceUsedUp: integer("allowance_used_up", { mode: "boolean" }).notNull().default(true),
  updatedAt: integer("updated_at").notNull(),
});
