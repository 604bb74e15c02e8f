import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ROLES } from "./caller.ts";

/** One row for each person. Times in ms since 1970. */
export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    /** As typed at sign-up. */
    email: text().notNull(),
    /** What two addresses are compared by, and what is looked up at sign-in. */
    emailNormalized: text("email_normalized").notNull().unique(),
    name: text(),
    /** A PHC string (Argon2id). */
    passwordHash: text("password_hash").notNull(),
    role: text({ enum: ROLES }).notNull(),
    planId: text("plan_id").notNull(),
    /**
     * Which version of the plan's entitlement the credit account has; null until that account is
     * open.
     */
    planVersion: integer("plan_version"),
    /** A plan that the operator agreed with this user by hand: it wins over what was bought. */
    assignedPlanId: text("assigned_plan_id"),
    firstPaidAt: integer("first_paid_at"),
    /**
     * Set while this user is being erased: nobody signs in any more, and the cron finishes what a
     * crash left.
     */
    erasingAt: integer("erasing_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("users_plan").on(table.planId, table.planVersion),
    index("users_erasing").on(table.erasingAt),
    index("users_by_time").on(table.createdAt, table.id),
  ],
);

/**
 * One row for each signed-in session, which is one family of refresh tokens. No row: the session
 * has ended.
 */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    /** SHA-256 of the part that all refresh tokens of the family share. */
    familyHash: text("family_hash").notNull().unique(),
    /** SHA-256 of the one refresh token that is still good. */
    tokenHash: text("token_hash").notNull(),
    createdAt: integer("created_at").notNull(),
    refreshedAt: integer("refreshed_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    index("sessions_user").on(table.userId),
    index("sessions_expiry").on(table.expiresAt),
  ],
);

/**
 * Users that are gone, until the cron has ended what they had at Stripe. Nothing but the id is
 * kept.
 */
export const erasedUsers = sqliteTable(
  "erased_users",
  {
    userId: text("user_id").primaryKey(),
    erasedAt: integer("erased_at").notNull(),
  },
  (table) => [index("erased_users_by_time").on(table.erasedAt)],
);
