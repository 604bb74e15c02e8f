import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { type ManagementScope, ROLES } from "./caller.ts";

const isNotErasing = sql`erasing_at is null`;

/** The account or Stripe may lack a suspension. As the index has it, so that it is served by it. */
export const IS_SUSPENSION_UNSETTLED = sql`suspension_no > suspension_settled_no`;

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
    /** A PHC string (Argon2id); `NO_PASSWORD` of a user who signs in otherwise. */
    passwordHash: text("password_hash").notNull(),
    role: text({ enum: ROLES }).notNull(),
    planId: text("plan_id").notNull(),
    /** The version of the plan's entitlement in the credit account; null until that is open. */
    planVersion: integer("plan_version"),
    /** A plan that the operator assigned by hand, which wins over bought ones. */
    assignedPlanId: text("assigned_plan_id"),
    firstPaidAt: integer("first_paid_at"),
    /**
     * The folded address (`foldEmail`) that had its free allowance with this user's sign-up; it
     * stays when the address changes. Null for users without one, and of earlier versions.
     */
    freeAddress: text("free_address").unique(),
    /** Whether the free plan's allowances are this user's. */
    hasFreeAllowance: integer("has_free_allowance", { mode: "boolean" }).notNull().default(true),
    /**
     * Set while this user is being erased: nobody signs in any more, and the cron finishes an
     * interrupted erasure.
     */
    erasingAt: integer("erasing_at"),
    /** Set while the operator has this user suspended. The user never sees the reason. */
    suspendedAt: integer("suspended_at"),
    suspensionReason: text("suspension_reason"),
    /** Whether the payments of subscriptions are paused at Stripe for as long. */
    pausesSubscriptions: integer("pauses_subscriptions", { mode: "boolean" })
      .notNull()
      .default(false),
    /** Counts suspensions and resumptions: the later one wins, in whatever order they arrive. */
    suspensionNo: integer("suspension_no").notNull().default(0),
    /** The last of them that the credit account and Stripe have. */
    suspensionSettledNo: integer("suspension_settled_no").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /**
     * The id that the founder's own backend has for this user; null for everybody else, and of a
     * user who is being erased.
     */
    externalId: text("external_id").unique(),
    /** What that backend keeps with it. */
    metadata: text({ mode: "json" }).$type<Readonly<Record<string, string>>>(),
  },
  (table) => [
    index("users_external").on(table.createdAt, table.id).where(sql`external_id is not null`),
    index("users_plan").on(table.planId, table.planVersion),
    index("users_erasing").on(table.erasingAt).where(sql`erasing_at is not null`),
    index("users_of_unsettled_suspensions").on(table.suspensionNo).where(IS_SUSPENSION_UNSETTLED),
    // One for each filter of the admins' list, in its order. A search goes through the first, which
    // has what it looks at.
    index("users_by_time")
      .on(table.createdAt, table.id, table.emailNormalized, table.name)
      .where(isNotErasing),
    index("users_by_plan").on(table.planId, table.createdAt, table.id).where(isNotErasing),
    index("users_by_role").on(table.role, table.createdAt, table.id).where(isNotErasing),
    index("users_by_plan_and_role")
      .on(table.planId, table.role, table.createdAt, table.id)
      .where(isNotErasing),
  ],
);

/** The ways in which a session began: `mail` by the proof of an address, at sign-up. */
export const SIGN_IN_METHODS = ["password", "mail", "provider", "passkey"] as const;
export type SignInMethod = (typeof SIGN_IN_METHODS)[number];

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
    method: text({ enum: SIGN_IN_METHODS }).notNull().default("password"),
    /** The time at which a second factor was shown in this session; null without one. */
    twoFactorAt: integer("two_factor_at"),
    /** The device and the place at which it began, as the browser and Cloudflare told them. */
    userAgent: text("user_agent"),
    country: text(),
    city: text(),
    /** The time at which it was last used, to the hour; null before that was recorded. */
    lastSeenAt: integer("last_seen_at"),
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

/** Authenticator apps (TOTP, RFC 6238), one for each user who has one. Times in ms since 1970. */
export const totpFactors = sqliteTable("totp_factors", {
  userId: text("user_id").primaryKey(),
  /** The secret, encrypted. */
  sealedSecret: text("sealed_secret").notNull(),
  /** The time at which a first code proved that the app has the secret; null until then. */
  confirmedAt: integer("confirmed_at"),
  /** The time step of the last code that was taken: no code is taken twice (RFC 6238 §5.2). */
  lastStep: integer("last_step"),
  createdAt: integer("created_at").notNull(),
});

/** Codes for those who lost their second factor. A row is deleted when its code is used. */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    userId: text("user_id").notNull(),
    /** SHA-256 of the code, which has 80 random bits. */
    codeHash: text("code_hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
);

/** Passkeys (WebAuthn credentials). Times in ms since 1970. */
export const passkeys = sqliteTable(
  "passkeys",
  {
    /** Ours, by which it is named and deleted. */
    id: text().primaryKey(),
    /** The authenticator's, in base64url. */
    credentialId: text("credential_id").notNull().unique(),
    userId: text("user_id").notNull(),
    /** COSE, in base64url. */
    publicKey: text("public_key").notNull(),
    /** The authenticator's counter; 0 of those that do not count. */
    signCount: integer("sign_count").notNull(),
    transports: text({ mode: "json" }).$type<string[]>().notNull(),
    name: text().notNull(),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at"),
  },
  (table) => [index("passkeys_of_user").on(table.userId, table.id)],
);

export const CHALLENGE_PURPOSES = ["second_factor", "sign_in_passkey", "add_passkey"] as const;

/** Questions that a sign-in, or adding a passkey, waits on. Each is answered once. */
export const challenges = sqliteTable(
  "challenges",
  {
    id: text().primaryKey(),
    purpose: text({ enum: CHALLENGE_PURPOSES }).notNull(),
    /** Null where a passkey says who is signing in. */
    userId: text("user_id"),
    /** The random text that a passkey signs. */
    nonce: text().notNull(),
    /** The first factor of a sign-in that waits for the second, which must still be the user's. */
    method: text({ enum: SIGN_IN_METHODS }).notNull(),
    passwordHash: text("password_hash"),
    tries: integer().notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    index("challenges_of_user").on(table.userId, table.createdAt),
    index("challenges_expiry").on(table.expiresAt),
  ],
);

/**
 * Free allowances of users who were erased, so that erasing and signing up again gives no other
 * one. No address is kept, and no user.
 */
export const spentFreeAllowances = sqliteTable(
  "spent_free_allowances",
  {
    /** HMAC of the folded address. */
    addressHash: text("address_hash").primaryKey(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("spent_free_allowances_expiry").on(table.expiresAt)],
);

/** The steps of signing up that are counted: mails that ask for a proof, and users who begin. */
export const SIGN_UP_STEPS = ["mail", "user"] as const;
export type SignUpStep = (typeof SIGN_UP_STEPS)[number];

/** The number of sign-ups from a network in a UTC day. Rows of past days are deleted. */
export const signUpCounts = sqliteTable(
  "sign_up_counts",
  {
    /** As 2026-11-29. */
    day: text().notNull(),
    step: text({ enum: SIGN_UP_STEPS }).notNull(),
    /** HMAC of the network. */
    networkHash: text("network_hash").notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.step, table.networkHash] })],
);

/**
 * Where users have signed in: a kind of device in a country. They outlive their sessions, so that a
 * sign-in from a new one is known. Times in ms since 1970.
 */
export const signInPlaces = sqliteTable(
  "sign_in_places",
  {
    userId: text("user_id").notNull(),
    /** As `describeDevice` names it ("Firefox / Windows"); empty where it is not known. */
    device: text().notNull(),
    /** An ISO 3166 code; empty where it is not known. */
    country: text().notNull(),
    firstAt: integer("first_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.device, table.country] })],
);

/**
 * Ways to sign in by a provider (Google, GitHub, an issuer of OpenID Connect). Neither its tokens
 * nor anything else of it is kept. Times in ms since 1970.
 */
export const identities = sqliteTable(
  "identities",
  {
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    /** The id in SIGN_IN_PROVIDERS by which it was added. */
    providerId: text("provider_id").notNull(),
    /**
     * The provider's issuer. Subjects are its own (OpenID Connect Core §2), so that pointing an id
     * of SIGN_IN_PROVIDERS to another issuer gives nobody's account to somebody else.
     */
    issuer: text().notNull(),
    subject: text().notNull(),
    /** The address there when it was added; null where none was proved. */
    email: text(),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at").notNull(),
  },
  (table) => [
    uniqueIndex("identities_of_subject").on(table.issuer, table.subject),
    index("identities_of_user").on(table.userId, table.id),
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

/**
 * Ids of users with an external id who were erased. The id of the next user with that external id
 * may not follow from it again: orders and other records that outlive an erasure name the old one.
 */
export const spentUserIds = sqliteTable("spent_user_ids", {
  userId: text("user_id").primaryKey(),
});

/**
 * Management keys, by which the operator's own backend calls. A revoked one keeps its row, so that
 * the audit log can name it. Times in ms since 1970.
 */
export const managementKeys = sqliteTable("management_keys", {
  id: text().primaryKey(),
  name: text().notNull(),
  /** The beginning of the key, to tell it apart. */
  prefix: text().notNull(),
  /** SHA-256 of the whole key, which has 208 random bits. */
  hash: text().notNull().unique(),
  scopes: text({ mode: "json" }).$type<readonly ManagementScope[]>().notNull(),
  /** The id of the admin. */
  createdBy: text("created_by").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  /** The time at which it was last used, to the hour; null before the first use. */
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

/** A management key without its hash. */
export type ManagementKey = Omit<typeof managementKeys.$inferSelect, "hash">;
