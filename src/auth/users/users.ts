import { and, eq, isNull, lt, lte, notExists, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import type { Role } from "../caller.ts";
import { IS_SUSPENSION_UNSETTLED, sessions, spentUserIds, users } from "../tables.ts";
import type { FreeAllowanceClaim } from "./free-allowance.ts";

/** A user without the password. Times in ms since 1970. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  /** The time at which the address was proved to be the user's; null when it was not. */
  readonly emailVerifiedAt: number | null;
  readonly role: Role;
  readonly planId: string;
  /** The version of the plan's entitlement in the credit account; null until that is open. */
  readonly planVersion: number | null;
  /** A plan that the operator assigned by hand, which wins over bought ones; null as a rule. */
  readonly assignedPlanId: string | null;
  /** The time at which the first payment was fulfilled; null when there was none. */
  readonly firstPaidAt: number | null;
  /** Whether the free plan's allowances are this user's: see `claimFreeAllowance`. */
  readonly hasFreeAllowance: boolean;
  /** The time at which the operator suspended the user; null where they are not suspended. */
  readonly suspendedAt: number | null;
  /** The operator's reason, for admins alone. */
  readonly suspensionReason: string | null;
  /** Whether the suspension pauses subscriptions. */
  readonly pausesSubscriptions: boolean;
  /** Whether the credit account or Stripe may lack the last suspension or resumption. */
  readonly isSuspensionPending: boolean;
  readonly createdAt: number;
  /** The id that the founder's backend has for the user; null where it has none. */
  readonly externalId: string | null;
  /** What that backend keeps with it; null for nothing. */
  readonly metadata: Readonly<Record<string, string>> | null;
  /**
   * Whether the user is the founder's own, who never signs in here. Then the address is what the
   * founder tells, proves nothing, and is empty where none is told.
   */
  readonly isExternal: boolean;
}

/** A user with the password's hash, for signing in alone. */
export interface Credentials {
  readonly user: User;
  readonly emailNormalized: string;
  readonly passwordHash: string;
}

/** The columns of a `User`. */
export const PUBLIC_COLUMNS = {
  id: users.id,
  email: users.email,
  name: users.name,
  emailVerifiedAt: users.emailVerifiedAt,
  role: users.role,
  planId: users.planId,
  planVersion: users.planVersion,
  assignedPlanId: users.assignedPlanId,
  firstPaidAt: users.firstPaidAt,
  hasFreeAllowance: users.hasFreeAllowance,
  suspendedAt: users.suspendedAt,
  suspensionReason: users.suspensionReason,
  pausesSubscriptions: users.pausesSubscriptions,
  isSuspensionPending: sql`${IS_SUSPENSION_UNSETTLED}`.mapWith(Boolean),
  createdAt: users.createdAt,
  externalId: users.externalId,
  metadata: users.metadata,
  isExternal: sql`${users.emailNormalized} = ${users.id}`.mapWith(Boolean),
};
const CREDENTIAL_COLUMNS = {
  user: PUBLIC_COLUMNS,
  emailNormalized: users.emailNormalized,
  passwordHash: users.passwordHash,
};
const isNotErasing = isNull(users.erasingAt);

/** Finds a user by id. A user who is being erased is not found. */
export async function findUser(db: Database, userId: string): Promise<User | undefined> {
  return await db
    .select(PUBLIC_COLUMNS)
    .from(users)
    .where(and(eq(users.id, userId), isNotErasing))
    .get();
}

/** Finds a user with the password's hash. A user who is being erased is not found. */
export async function findCredentials(
  db: Database,
  by: { userId: string } | { emailNormalized: string },
): Promise<Credentials | undefined> {
  const match =
    "userId" in by ? eq(users.id, by.userId) : eq(users.emailNormalized, by.emailNormalized);
  return await db.select(CREDENTIAL_COLUMNS).from(users).where(and(match, isNotErasing)).get();
}

/** A new user, with the password's hash. */
type NewUser = Omit<User, "planVersion" | "assignedPlanId" | "firstPaidAt" | "hasFreeAllowance"> & {
  readonly emailNormalized: string;
  readonly passwordHash: string;
};

/**
 * Adds a user whose credit account is not open yet. The statement itself decides who gets the
 * address, whether the free allowance comes with it, and whether it may be added at all.
 * @param mayAdd a condition on which the user is added
 * @param statements run right after the insert, in the same batch
 * @returns undefined when the address is taken, or `mayAdd` does not hold. Of any number of calls
 *   at once, exactly one gets the address.
 */
export async function insertUser(
  db: Database,
  user: NewUser,
  { folded, isTaken }: FreeAllowanceClaim,
  mayAdd: SQL,
  statements: readonly BatchItem<"sqlite">[] = [],
): Promise<{ readonly hasFreeAllowance: boolean } | undefined> {
  const insert = db
    .insert(users)
    .select(
      sql`select ${user.id}, ${user.email}, ${user.emailNormalized}, ${user.name},
        ${user.emailVerifiedAt}, ${user.passwordHash}, ${user.role}, ${user.planId}, null, null,
        null, iif(is_taken, null, ${folded}), not is_taken, null, null, null, 0, 0, 0,
        ${user.createdAt}, ${user.createdAt}, null, null
        from (select ${isTaken} as is_taken) where ${mayAdd}`,
    )
    .onConflictDoNothing({ target: users.emailNormalized })
    .returning({ hasFreeAllowance: users.hasFreeAllowance });
  const [inserted] = await db.batch([insert, ...statements]);
  return inserted[0];
}

/** Returns whether a user has an address, also one who is being erased. */
export async function isAddressTaken(db: Database, emailNormalized: string): Promise<boolean> {
  const row = await db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.emailNormalized, emailNormalized))
    .get();
  return row !== undefined;
}

/** A new address is not proved by the proof of the old one. */
const verifiedIfStill = (emailNormalized: string) =>
  sql`iif(${users.emailNormalized} = ${emailNormalized}, ${users.emailVerifiedAt}, null)`;

/**
 * Writes the fields of a profile.
 * @param statements run right after the change, in the same batch
 * @returns false when the new address is another user's, or the user is gone
 */
export async function setProfile(
  db: Database,
  userId: string,
  change: { name?: string | null; email?: string; emailNormalized?: string },
  nowMs: number,
  statements: readonly BatchItem<"sqlite">[],
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
    .set({
      ...change,
      ...(emailNormalized === undefined
        ? {}
        : { emailVerifiedAt: verifiedIfStill(emailNormalized) }),
      updatedAt: nowMs,
    })
    .where(and(eq(users.id, userId), isNotErasing, others))
    .returning({ id: users.id });
  const [changed] = await db.batch([update, ...statements]);
  return changed.length > 0;
}

/**
 * Replaces a hash by another one of the same password, unless the password was changed meanwhile.
 */
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
 * Records that a user has a plan. The credit account has this version of its entitlement already.
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

/** Records that a user has completed a payment. Only the first time is kept. */
export async function markFirstPayment(db: Database, userId: string, nowMs: number): Promise<void> {
  await db
    .update(users)
    .set({ firstPaidAt: nowMs })
    .where(and(eq(users.id, userId), isNull(users.firstPaidAt)));
}

/** A user whose credit account has an older version of the plan. */
export type OutdatedUser = Pick<User, "id" | "hasFreeAllowance">;

/**
 * Lists users of a plan whose credit accounts have an older version of its entitlement than this
 * one.
 */
export async function listOutdatedUsers(
  db: Database,
  planId: string,
  version: number,
  limit: number,
): Promise<OutdatedUser[]> {
  return await db
    .select({ id: users.id, hasFreeAllowance: users.hasFreeAllowance })
    .from(users)
    .where(and(eq(users.planId, planId), lt(users.planVersion, version), isNotErasing))
    .limit(limit);
}

/**
 * Records the version of the plan's entitlement that a user's credit account has. An older version
 * never replaces a newer one.
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

/**
 * Begins an erasure: ends every session, and from then on nobody signs in as this user. The
 * external id is free for a new user, who gets another id.
 */
export async function beginErasure(db: Database, userId: string, nowMs: number): Promise<void> {
  await db.batch([
    db
      .insert(spentUserIds)
      .select(sql`select ${users.id} from ${users} where ${users.id} = ${userId}
        and ${users.externalId} is not null`)
      .onConflictDoNothing(),
    db
      .update(users)
      .set({ erasingAt: nowMs, externalId: null })
      .where(and(eq(users.id, userId), isNotErasing)),
    db.delete(sessions).where(eq(sessions.userId, userId)),
  ]);
}

/** Lists users whose erasure began at `beforeMs` or earlier and has not ended. */
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
