import { and, eq, isNull } from "drizzle-orm";
import { creditAccount } from "../../account/index.ts";
import { auditIfChanged } from "../../audit/index.ts";
import { findFreePlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newUserId } from "../../ids.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { NO_PASSWORD } from "../passwords/password-hash.ts";
import { spentUserIds, users } from "../tables.ts";
import { openCreditAccount } from "../users/open-credit-account.ts";
import { PUBLIC_COLUMNS, type User } from "../users/users.ts";
import { deriveUserId, rememberUserId } from "./external-user-id.ts";

/** What the founder's backend tells of a user. A field that is left out stays. */
export interface ExternalProfile {
  readonly email?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
}

/** A user of the founder's backend, and whether this call created them. */
export interface Provisioned {
  readonly user: User;
  readonly isNew: boolean;
}

const TRY_AGAIN = fail(
  "billing_unavailable",
  "This user is being deleted. Try again in a few seconds.",
);

/** Finds a user by external id. One who is being erased has none any more. */
export const findExternalUser = async (
  db: Database,
  externalId: string,
): Promise<User | undefined> =>
  await db
    .select(PUBLIC_COLUMNS)
    .from(users)
    .where(and(eq(users.externalId, externalId), isNull(users.erasingAt)))
    .get();

/**
 * Chooses the id of a new external user: the derived one, but where it was that of a user who was
 * erased. What outlives an erasure (orders, the audit log) names that one.
 */
async function chooseId({ db, config }: Context, externalId: string): Promise<string> {
  const derived = await deriveUserId(config, externalId);
  const spent = await db
    .select({ userId: spentUserIds.userId })
    .from(spentUserIds)
    .where(eq(spentUserIds.userId, derived))
    .get();
  return spent === undefined ? derived : newUserId();
}

/**
 * Adds the row of an external user. The statement decides: of any number of calls at once one adds
 * the user. The place of the address by which users sign in holds the id, which is no address: so
 * what the founder tells of an address signs nobody in and takes nobody's.
 * @returns whether this call added it
 */
async function insertExternalUser(
  { db, actor, nowMs, config }: Context,
  id: string,
  externalId: string,
  { email, name, metadata }: ExternalProfile,
  planId: string,
): Promise<boolean> {
  const insert = db
    .insert(users)
    .values({
      id,
      email: email ?? "",
      emailNormalized: id,
      name: name ?? null,
      metadata: metadata ?? null,
      passwordHash: NO_PASSWORD,
      role: "user",
      planId,
      hasFreeAllowance: config.EXTERNAL_USERS_FREE_ALLOWANCE,
      externalId,
      createdAt: nowMs,
      updatedAt: nowMs,
    })
    .onConflictDoNothing()
    .returning({ id: users.id });
  const entry = { actor, action: "customer.created", subjectId: id, userId: id };
  const [added] = await db.batch([insert, auditIfChanged(db, entry, nowMs)]);
  return added.length > 0;
}

/** Finds a user by external id, or adds one on the free plan. */
async function findOrInsert(
  ctx: Context,
  externalId: string,
  profile: ExternalProfile,
): Promise<Result<Provisioned>> {
  const existing = await findExternalUser(ctx.db, externalId);
  if (existing !== undefined) return ok({ user: existing, isNew: false });
  const plan = await findFreePlan(ctx.db);
  if (plan === undefined)
    return fail(
      "misconfigured",
      "No users can be created yet: the catalog has no free plan. The operator must load one.",
    );
  // The second time for an id that somebody else has: of random ids one in 2^64.
  for (const id of [await chooseId(ctx, externalId), newUserId()]) {
    const isNew = await insertExternalUser(ctx, id, externalId, profile, plan.id);
    const user = await findExternalUser(ctx.db, externalId);
    if (user !== undefined) return ok({ user, isNew });
  }
  return TRY_AGAIN;
}

/**
 * Returns the user with an external id, created on the first use, with an open credit account. Of
 * any number of calls at once one creates the user. An interrupted one is finished by the next.
 * @param profile of a new user
 * @returns `misconfigured` without a free plan; `billing_unavailable` while the user is erased
 */
export async function provisionExternalUser(
  ctx: Context,
  externalId: string,
  profile: ExternalProfile = {},
): Promise<Result<Provisioned>> {
  const found = await findOrInsert(ctx, externalId, profile);
  if (!found.ok) return found;
  const { user } = found.value;
  if (user.planVersion === null) {
    await openCreditAccount(ctx, user);
    // An erasure that ended meanwhile would leave an open account without its user.
    if ((await findExternalUser(ctx.db, externalId))?.id !== user.id) {
      await orUnavailable(creditAccount(ctx.env, user.id).erase());
      return TRY_AGAIN;
    }
  }
  rememberUserId(ctx.config, externalId, user.id, ctx.nowMs);
  return found;
}
