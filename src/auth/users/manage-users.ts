import { and, desc, eq, gte, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import { isUserId } from "../../ids.ts";
import type { Role } from "../caller.ts";
import { users } from "../tables.ts";
import { normalizeEmail } from "./email.ts";
import { PUBLIC_COLUMNS, type User } from "./users.ts";

/** Which users to list: those to which all of it applies. */
export interface ListUsersParams {
  /** A user's id, or what an address begins with. */
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
  // A range, and not a pattern, in which some characters would mean something else.
  return and(gte(users.emailNormalized, prefix), lt(users.emailNormalized, `${prefix}\u{ffff}`));
}

/**
 * One more than `limit`, who signed up last first. Users who are being erased are not among them.
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
 * Gives a user a role. `note` comes right after the change in the same batch. A role that the user
 * has is no change.
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

/** Agrees a plan with a user, or with null ends the agreement. `note` as in `setRole`. */
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
