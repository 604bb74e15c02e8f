import { and, eq, isNotNull, isNull, lt, lte, notExists, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import type { Role } from "../caller.ts";
import { sessions, users } from "../tables.ts";

/** What the Worker may know of a user, everywhere: all but the password. Times in ms since 1970. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly role: Role;
  readonly planId: string;
  /**
   * Which version of the plan's entitlement the credit account has; null until that account is
   * open.
   */
  readonly planVersion: number | null;
  /**
   * A plan that the operator agreed with this user by hand, which wins over what was bought; null
   * as a rule.
   */
  readonly assignedPlanId: string | null;
  /** When the first payment was fulfilled; null when there was none. */
  readonly firstPaidAt: number | null;
  readonly createdAt: number;
}

/** For sign-in alone. */
export interface Credentials {
  readonly user: User;
  readonly emailNormalized: string;
  readonly passwordHash: string;
}

/** What `User` is read from. */
export const PUBLIC_COLUMNS = {
  id: users.id,
  email: users.email,
  name: users.name,
  role: users.role,
  planId: users.planId,
  planVersion: users.planVersion,
  assignedPlanId: users.assignedPlanId,
  firstPaidAt: users.firstPaidAt,
  createdAt: users.createdAt,
};
const CREDENTIAL_COLUMNS = {
  user: PUBLIC_COLUMNS,
  emailNormalized: users.emailNormalized,
  passwordHash: users.passwordHash,
};
const isNotErasing = isNull(users.erasingAt);

/** A user by id; undefined when there is none, or it is being erased. */
export async function findUser(db: Database, userId: string): Promise<User | undefined> {
  return await db
    .select(PUBLIC_COLUMNS)
    .from(users)
    .where(and(eq(users.id, userId), isNotErasing))
    .get();
}

export async function findCredentials(
  db: Database,
  by: { userId: string } | { emailNormalized: string },
): Promise<Credentials | undefined> {
  const match =
    "userId" in by ? eq(users.id, by.userId) : eq(users.emailNormalized, by.emailNormalized);
  return await db.select(CREDENTIAL_COLUMNS).from(users).where(and(match, isNotErasing)).get();
}

/**
 * Adds a user whose credit account is not open yet.
 * @returns false when the address is taken: of any number at once, exactly one gets it
 */
export async function insertUser(
  db: Database,
  user: Omit<User, "planVersion" | "assignedPlanId" | "firstPaidAt"> & {
    emailNormalized: string;
    passwordHash: string;
  },
): Promise<boolean> {
  const inserted = await db
    .insert(users)
    .values({ ...user, updatedAt: user.createdAt })
    .onConflictDoNothing({ target: users.emailNormalized })
    .returning({ id: users.id });
  return inserted.length > 0;
}

/**
 * Changes what a user may change. `notes` come right after the change, in the same batch.
 * @returns false when the new address is another user's (or the user is gone)
 */
export async function updateProfile(
  db: Database,
  userId: string,
  change: { name?: string | null; email?: string; emailNormalized?: string },
  nowMs: number,
  auditStatements: readonly BatchItem<"sqlite">[] = [],
): Promise<boolean> {
  const { emailNormalized } = change;
  const others =
    emailNormalized === undefined
      ? undefined
      : notExists(
          db
            .select({ one: sql`1` })
            .from(sql`${users} as others`)
            .where(sql`others.email_normalized = ${emailNormalized} and others.id <> ${userId}`),
        );
  const update = db
    .update(users)
    .set({ ...change, updatedAt: nowMs })
    .where(and(eq(users.id, userId), isNotErasing, others))
    .returning({ id: users.id });
  const [changed] = await db.batch([update, ...auditStatements]);
  return changed.length > 0;
}

/** Replaces a hash by one of the same password, unless the password has been changed meanwhile. */
export async function replacePasswordHash(
  db: Database,
  userId: string,
  oldHash: string,
  newHash: string,
): Promise<boolean> {
  const replaced = await db
    .update(users)
    .set({ passwordHash: newHash })
    .where(and(eq(users.id, userId), eq(users.passwordHash, oldHash)))
    .returning({ id: users.id });
  return replaced.length > 0;
}

/**
 * Notes that a user now has this plan, whose entitlement of this version the credit account already
 * has.
 */
export async function setUserPlan(
  db: Database,
  userId: string,
  plan: { id: string; version: number },
  nowMs: number,
): Promise<void> {
  await db
    .update(users)
    .set({ planId: plan.id, planVersion: plan.version, updatedAt: nowMs })
    .where(eq(users.id, userId));
}

/** Notes that a user has completed a payment. Only the first is kept. */
export async function markFirstPayment(db: Database, userId: string, nowMs: number): Promise<void> {
  await db
    .update(users)
    .set({ firstPaidAt: nowMs })
    .where(and(eq(users.id, userId), isNull(users.firstPaidAt)));
}

/**
 * Users of a plan whose credit accounts have an older version of its entitlement than this one, at
 * most `limit` of them.
 */
export async function listOutdatedUsers(
  db: Database,
  planId: string,
  version: number,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.planId, planId), lt(users.planVersion, version), isNotErasing))
    .limit(limit);
  return rows.map((user) => user.id);
}

/**
 * Notes which version of the plan's entitlement a user's credit account has. An older one never
 * replaces a newer.
 */
export async function setPlanVersion(
  db: Database,
  userId: string,
  plan: { id: string; version: number },
): Promise<void> {
  const isOlder = sql`coalesce(${users.planVersion}, -1) < ${plan.version}`;
  await db
    .update(users)
    .set({ planVersion: plan.version })
    .where(and(eq(users.id, userId), eq(users.planId, plan.id), isOlder));
}

/** Begins an erasure: nobody can sign in as this user any more, and no session is left. */
export async function beginErasure(db: Database, userId: string, nowMs: number): Promise<void> {
  await db.batch([
    db
      .update(users)
      .set({ erasingAt: nowMs })
      .where(and(eq(users.id, userId), isNotErasing)),
    db.delete(sessions).where(eq(sessions.userId, userId)),
  ]);
}

/** Ends an erasure: the row goes, and the address may be registered again. */
export async function endErasure(db: Database, userId: string): Promise<void> {
  await db.delete(users).where(and(eq(users.id, userId), isNotNull(users.erasingAt)));
}

/** Users whose erasure began before `beforeMs` and has not ended. */
export async function listUnfinishedErasures(
  db: Database,
  beforeMs: number,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(lte(users.erasingAt, beforeMs))
    .limit(limit);
  return rows.map((user) => user.id);
}
