import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ROLES } from "./caller.ts";

const isNotErasing = sql`erasing_at is null`;

/** Users, one row each. Times in ms since 1970. */
export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    /** As typed at sign-up. */
    email: text().notNull(),
    /** The form in which addresses are compared, and looked up at sign-in. */
    emailNormalized: text("email_normalized").notNull().unique(),
    name: text(),
    /** The time at which the address was proved to be the user's; null when it was not. */
    emailVerifiedAt: integer("email_verified_at"),
    /** A PHC string (Argon2id). */
    passwordHash: text("password_hash").notNull(),
    role: text({ enum: ROLES }).notNull(),
    planId: text("plan_id").notNull(),
    /** The version of the plan's entitlement in the credit account; null until that is open. */
    planVersion: integer("plan_version"),
    /** A plan that the operator assigned by hand, which wins over bought ones. */
    assignedPlanId: text("assigned_plan_id"),
    firstPaidAt: integer("first_paid_at"),
    /**
     * Set while this user is being erased: nobody signs in any more, and the cron finishes an
     * interrupted erasure.
     */
    erasingAt: integer("erasing_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("users_plan").on(table.planId, table.planVersion),
    index("users_erasing").on(table.erasingAt).where(sql`erasing_at is not null`),
    // One for each filter of the admins' list, in its order; and the same for its search, which is
    // in the order of addresses.
    index("users_by_time").on(table.createdAt, table.id).where(isNotErasing),
    index("users_by_plan").on(table.planId, table.createdAt, table.id).where(isNotErasing),
    index("users_by_role").on(table.role, table.createdAt, table.id).where(isNotErasing),
    index("users_by_plan_and_role")
      .on(table.planId, table.role, table.createdAt, table.id)
      .where(isNotErasing),
    index("users_of_plan_by_address").on(table.planId, table.emailNormalized).where(isNotErasing),
    index("users_of_role_by_address").on(table.role, table.emailNormalized).where(isNotErasing),
    index("users_of_plan_and_role_by_address")
      .on(table.planId, table.role, table.emailNormalized)
      .where(isNotErasing),
  ],
);

/**
 * Live sessions, one row each. A session is a family of refresh tokens. Without a row it has ended.
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
    index("sessions_user").on(table.userId, table.id),
    index("sessions_expiry").on(table.expiresAt),
  ],
);

/** The purposes of links and codes in mails. */
export const PURPOSES = ["sign_up", "email", "new_email", "password"] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * Links and codes that were mailed and are not used yet. Whoever has one reads the mail of its
 * address. Times in ms since 1970.
 */
export const verifications = sqliteTable(
  "verifications",
  {
    /** Known to whoever asked for the mail; a code is tried with it. */
    id: text().primaryKey(),
    purpose: text({ enum: PURPOSES }).notNull(),
    /** Null for somebody who is signing up. */
    userId: text("user_id"),
    email: text().notNull(),
    emailNormalized: text("email_normalized").notNull(),
    /** SHA-256 of the link's token. */
    tokenHash: text("token_hash").notNull().unique(),
    /** HMAC of the code, since a million codes are soon hashed. Null where there is none. */
    codeHash: text("code_hash"),
    codeTries: integer("code_tries").notNull(),
    /** Of somebody who is signing up, with the password that they chose. */
    name: text(),
    passwordHash: text("password_hash"),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    index("verifications_of_address").on(table.emailNormalized, table.createdAt),
    index("verifications_of_user").on(table.userId, table.purpose, table.id),
    index("verifications_expiry").on(table.expiresAt),
  ],
);

/** Erased users, until the cron has ended what they had at Stripe. Only the id is kept. */
export const erasedUsers = sqliteTable(
  "erased_users",
  {
    userId: text("user_id").primaryKey(),
    erasedAt: integer("erased_at").notNull(),
  },
  (table) => [index("erased_users_by_time").on(table.erasedAt)],
);
