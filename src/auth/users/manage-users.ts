import { and, desc, eq, gte, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import { isUserId } from "../../ids.ts";
import type { Role } from "../caller.ts";
import { users } from "../tables.ts";
import { normalizeEmail } from "./email.ts";
import { PUBLIC_COLUMNS, type User } from "./users.ts";

/** The filters and the page of a list of users. A user has to match every filter. */
export interface ListUsersParams {
  /** A user's id, or the beginning of an address. */
  readonly search?: string | undefined;
  readonly planId?: string | undefined;
  readonly role?: Role | undefined;
  readonly limit: number;
  /** The last user of the page before. */
  readonly before: { readonly createdAt: number; readonly id: string } | undefined;
}

function matchesSearch(search: string): SQL | undefined {
  if (isUserId(search)) return eq(users.id, search);
  const prefix = normalizeEmail(search);
  // A range and not a pattern: characters of the prefix could be wildcards of a pattern.
  return and(gte(users.emailNormalized, prefix), lt(users.emailNormalized, `${prefix}\u{ffff}`));
}

/**
 * Lists users, newest first, and one more than `limit`. Users who are being erased are left out.
 */
export async function listUsers(
  db: Database,
  { search, planId, role, limit, before }: ListUsersParams,
): Promise<User[]> {
  const conditions: (SQL | undefined)[] = [isNull(users.erasingAt)];
  if (search !== undefined) conditions.push(matchesSearch(search));
  if (planId !== undefined) conditions.push(eq(users.planId, planId));
  if (role !== undefined) conditions.push(eq(users.role, role));
  if (before !== undefined) {
    const { createdAt, id } = before;
    conditions.push(
      or(lt(users.createdAt, createdAt), and(eq(users.createdAt, createdAt), lt(users.id, id))),
    );
  }
  return await db
    .select(PUBLIC_COLUMNS)
    .from(users)
    .where(and(...conditions))
    .orderBy(desc(users.createdAt), desc(users.id))
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
