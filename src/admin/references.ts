import { findUserReferences } from "../auth/index.ts";
import { findSoldObjects } from "../billing/index.ts";
import { findPlanNames } from "../catalog/index.ts";
import type { Database } from "../db.ts";
import { isUserId } from "../ids.ts";
import type { UserReferenceView } from "./wire.ts";

const isText = (value: string | null): value is string => value !== null;

/** Finds the users that rows name, for lists in which people read addresses and not ids. */
export async function findUsersOf(
  db: Database,
  userIds: readonly (string | null)[],
): Promise<(userId: string | null) => UserReferenceView | null> {
  const users = await findUserReferences(db, userIds.filter(isText));
  return (userId) => (userId === null ? null : (users.get(userId) ?? null));
}

/**
 * Finds the names of the plans, sales and users that ids stand for. What has no name of its own, a
 * session or a key, is not found.
 */
export async function findNames(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const [plans, sold, users] = await Promise.all([
    findPlanNames(
      db,
      ids.filter((id) => id.startsWith("pln_")),
    ),
    findSoldObjects(db, ids),
    findUserReferences(db, ids.filter(isUserId)),
  ]);
  return new Map([
    ...plans,
    ...sold.flatMap(({ namedBy, title }): [string, string][] =>
      title === null ? [] : [[namedBy, title]],
    ),
    ...[...users.values()].map(({ id, email, externalId }): [string, string] => [
      id,
      email === "" ? (externalId ?? id) : email,
    ]),
  ]);
}
