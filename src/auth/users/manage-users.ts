import { and, asc, desc, eq, gt, gte, isNull, lt, ne, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { comparePair, type Database } from "../../db.ts";
import { isUserId } from "../../ids.ts";
import type { Role } from "../caller.ts";
import { users } from "../tables.ts";
import { normalizeEmail } from "./email.ts";
import { PUBLIC_COLUMNS, type User } from "./users.ts";

/** The place of a user in the list: by time, or in a search by address. */
type UserPosition =
  | { readonly createdAt: number; readonly id: string }
  | { readonly emailNormalized: string };

/** The filters and the page of a list of users. A user has to match every filter. */
export interface ListUsersParams {
  /** A user's id, or the beginning of an address. */
  readonly search?: string | undefined;
  readonly planId?: string | undefined;
  readonly role?: Role | undefined;
  readonly limit: number;
  /** The last user of the page before. */
  readonly before: UserPosition | undefined;
}

/** A user in a list, with the form of the address that a search is sorted by. */
export type ListedUser = User & { readonly emailNormalized: string };

/** @param after the address after which the page begins, which then bounds the search alone */
function matchesSearch(search: string, after: string | undefined): SQL | undefined {
  if (isUserId(search)) return eq(users.id, search);
  const prefix = normalizeEmail(search);
  const { emailNormalized } = users;
  // A range and not a pattern: characters of the prefix could be wildcards of a pattern.
  return and(
    after !== undefined && after >= prefix
      ? gt(emailNormalized, after)
      : gte(emailNormalized, prefix),
    lt(emailNormalized, `${prefix}\u{ffff}`),
  );
}

/**
 * Lists users, newest first or in a search by address, and one more than `limit`. Users who are
 * being erased are left out. Each combination of filters has an index that is in the list's order.
 */
export async function listUsers(
  db: Database,
  { search, planId, role, limit, before }: ListUsersParams,
): Promise<ListedUser[]> {
  const conditions: (SQL | undefined)[] = [isNull(users.erasingAt)];
  const address =
    before !== undefined && "emailNormalized" in before ? before.emailNormalized : undefined;
  if (search !== undefined) conditions.push(matchesSearch(search, address));
  if (planId !== undefined) conditions.push(eq(users.planId, planId));
  if (role !== undefined) conditions.push(eq(users.role, role));
  if (before !== undefined && "id" in before)
    conditions.push(comparePair([users.createdAt, users.id], "<", [before.createdAt, before.id]));
  const order =
    search === undefined ? [desc(users.createdAt), desc(users.id)] : [asc(users.emailNormalized)];
  return await db
    .select({ ...PUBLIC_COLUMNS, emailNormalized: users.emailNormalized })
    .from(users)
    .where(and(...conditions))
    .orderBy(...order)
    .limit(limit + 1);
}

/**
 * Sets a user's role. A role that the user already has is no change.
 * @param auditStatement runs right after the change, in the same batch
 */
export async function setRole(
  db: Database,
  userId: string,
  role: Role,
  auditStatement: BatchItem<"sqlite">,
  nowMs: number,
): Promise<void> {
  const change = db
    .update(users)
    .set({ role, updatedAt: nowMs })
    .where(and(eq(users.id, userId), ne(users.role, role)));
  await db.batch([change, auditStatement]);
}

/**
 * Assigns a plan to a user by hand, or with null ends that.
 * @param auditStatement as in `setRole`
 */
export async function assignPlan(
  db: Database,
  userId: string,
  planId: string | null,
  auditStatement: BatchItem<"sqlite">,
  nowMs: number,
): Promise<void> {
  const change = db
    .update(users)
    .set({ assignedPlanId: planId, updatedAt: nowMs })
    .where(and(eq(users.id, userId), sql`${users.assignedPlanId} is not ${planId}`));
  await db.batch([change, auditStatement]);
}
