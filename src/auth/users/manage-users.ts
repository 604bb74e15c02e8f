import { and, desc, eq, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { comparePair, type Database } from "../../db.ts";
import { isUserId } from "../../ids.ts";
import type { Role } from "../caller.ts";
import { users } from "../tables.ts";
import { normalizeEmail } from "./email.ts";
import { PUBLIC_COLUMNS, type User } from "./users.ts";

/** The place of a user in the list, which is in the order of time. */
interface UserPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** The filters and the page of a list of users. A user has to match every filter. */
export interface ListUsersParams {
  /** A user's id, a whole address, or any part of an address or a name. */
  readonly search?: string | undefined;
  readonly planId?: string | undefined;
  readonly role?: Role | undefined;
  readonly limit: number;
  /** The last user of the page before. */
  readonly before: UserPosition | undefined;
}

/** The most users that one page of a search looks through. */
export const USER_SEARCH_WINDOW = 20_000;

/**
 * Some users, newest first: up to one more than the limit. `end`: the last user that a search
 * looked at, where it looked at as many as it may.
 */
export interface UserRows {
  readonly rows: readonly User[];
  readonly end: UserPosition | undefined;
}

const { id, createdAt, emailNormalized, name, erasingAt } = users;
const NEWEST_FIRST = [desc(createdAt), desc(id)] as const;

/** Finds the id of the user whom a search names: by the id itself, or by a whole address. */
async function findNamedId(db: Database, search: string): Promise<string | undefined> {
  if (isUserId(search)) return search;
  const match = and(eq(emailNormalized, normalizeEmail(search)), isNull(erasingAt));
  return (await db.select({ id }).from(users).where(match).get())?.id;
}

/** `lower` of SQLite knows ASCII alone, so a name in another script is compared as it is typed. */
const contains = (search: string): SQL | undefined =>
  or(
    sql`instr(${emailNormalized}, ${normalizeEmail(search)}) > 0`,
    sql`instr(${name}, ${search}) > 0`,
    sql`instr(lower(${name}), ${search.toLowerCase()}) > 0`,
  );

/**
 * Lists users, newest first. Users who are being erased are left out. Each combination of filters
 * has an index that is in the list's order.
 *
 * A search for a user's id or a whole address finds that user alone. Any other text is looked for
 * in addresses and names: in `USER_SEARCH_WINDOW` users a page. The next page goes on from there,
 * so that all pages together are exact and each of them is bounded. An index of trigrams would be
 * faster, but D1 exports no database that has one of FTS5.
 */
export async function listUsers(
  db: Database,
  { search, planId, role, limit, before }: ListUsersParams,
): Promise<UserRows> {
  const namedId = search === undefined ? undefined : await findNamedId(db, search);
  const part = namedId === undefined ? search : undefined;
  const filters = [
    isNull(erasingAt),
    planId === undefined ? undefined : eq(users.planId, planId),
    role === undefined ? undefined : eq(users.role, role),
    namedId === undefined ? undefined : eq(id, namedId),
    before === undefined
      ? undefined
      : comparePair([createdAt, id], "<", [before.createdAt, before.id]),
  ];
  const end =
    part === undefined
      ? undefined
      : await db
          .select({ createdAt, id })
          .from(users)
          .where(and(...filters))
          .orderBy(...NEWEST_FIRST)
          .limit(1)
          .offset(USER_SEARCH_WINDOW - 1)
          .get();
  const rows = await db
    .select(PUBLIC_COLUMNS)
    .from(users)
    .where(
      and(
        ...filters,
        end === undefined ? undefined : comparePair([createdAt, id], ">=", [end.createdAt, end.id]),
        part === undefined ? undefined : contains(part),
      ),
    )
    .orderBy(...NEWEST_FIRST)
    .limit(limit + 1);
  return { rows, end };
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
