import {
  and,
  eq,
  gt,
  isNotNull,
  isNull,
  lt,
  or,
  type SQL,
  type SQLWrapper,
  sql,
} from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { creditAccount } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { IS_SUSPENSION_UNSETTLED, users } from "../tables.ts";

const isNotErasing = isNull(users.erasingAt);
const nextNo = sql<number>`${users.suspensionNo} + 1`;

/** The suspension of a user by an admin. */
export interface SuspensionParams {
  readonly userId: string;
  /** The admin. Of two who suspend each other at once, the first alone does. */
  readonly adminId: string;
  readonly reason: string;
  readonly pausesSubscriptions: boolean;
}

/** Returns the SQL condition that the user whose id is in a column is suspended. */
export const isSuspendedUser = (userId: SQLWrapper): SQL =>
  sql`exists (
    select 1 from users as suspended where suspended.id = ${userId}
      and suspended.suspended_at is not null
  )`;

/**
 * Suspends a user from the next request on, or changes the reason of a suspension, or lets it also
 * pause subscriptions. Anything else is no change.
 * @param statement runs right after the change, in the same batch
 */
export async function suspend(
  db: Database,
  { userId, adminId, reason, pausesSubscriptions }: SuspensionParams,
  statement: BatchItem<"sqlite">,
  nowMs: number,
): Promise<void> {
  const isChange = or(
    isNull(users.suspendedAt),
    sql`${users.suspensionReason} is not ${reason}`,
    lt(users.pausesSubscriptions, pausesSubscriptions),
  );
  const update = db
    .update(users)
    .set({
      suspendedAt: sql`coalesce(${users.suspendedAt}, ${nowMs})`,
      suspensionReason: reason,
      pausesSubscriptions: sql`${users.pausesSubscriptions} or ${Number(pausesSubscriptions)}`,
      suspensionNo: nextNo,
      updatedAt: nowMs,
    })
    .where(
      and(
        eq(users.id, userId),
        isNotErasing,
        isChange,
        sql`not ${isSuspendedUser(sql.param(adminId))}`,
      ),
    );
  await db.batch([update, statement]);
}

/**
 * Resumes a user from the next request on. One who is not suspended stays as they are.
 * @param statement as of `suspend`
 */
export async function resume(
  db: Database,
  userId: string,
  statement: BatchItem<"sqlite">,
  nowMs: number,
): Promise<void> {
  const update = db
    .update(users)
    .set({
      suspendedAt: null,
      suspensionReason: null,
      pausesSubscriptions: false,
      suspensionNo: nextNo,
      updatedAt: nowMs,
    })
    .where(and(eq(users.id, userId), isNotErasing, isNotNull(users.suspendedAt)));
  await db.batch([update, statement]);
}

/**
 * Pushes the last suspension or resumption of a user into the open credit account, which then
 * refuses chats. It may be repeated at any time.
 * @returns its number; 0 where there is no open account
 * @throws when the account cannot be reached
 */
export async function pushSuspension(
  { env, db }: Pick<Context, "env" | "db">,
  userId: string,
): Promise<number> {
  const user = await db
    .select({ changeNo: users.suspensionNo, suspendedAt: users.suspendedAt })
    .from(users)
    .where(and(eq(users.id, userId), isNotErasing))
    .get();
  if (user === undefined) return 0;
  const { changeNo, suspendedAt } = user;
  const pushed = await orUnavailable(
    creditAccount(env, userId).setSuspension({ changeNo, isSuspended: suspendedAt !== null }),
  );
  // The account is not open yet, or was erased a moment ago.
  return pushed.ok ? changeNo : 0;
}

/** Records that the credit account and Stripe have the suspension of this number. */
export async function markSuspensionSettled(
  db: Database,
  userId: string,
  changeNo: number,
): Promise<void> {
  await db
    .update(users)
    .set({ suspensionSettledNo: changeNo })
    .where(and(eq(users.id, userId), lt(users.suspensionSettledNo, changeNo)));
}

/**
 * Lists users whose last suspension or resumption the credit account or Stripe may lack. Left out
 * are those whose account is not open: it gets the suspension when it opens.
 */
export async function listUnsettledSuspensions(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        gt(users.suspensionNo, 0),
        IS_SUSPENSION_UNSETTLED,
        isNotNull(users.planVersion),
        isNotErasing,
      ),
    )
    .limit(limit);
  return rows.map((user) => user.id);
}
