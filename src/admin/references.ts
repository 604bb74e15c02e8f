import { creditAccount } from "../account/index.ts";
import { findUserReferences } from "../auth/index.ts";
import { findSoldObjects } from "../billing/index.ts";
import { findPlanNames } from "../catalog/index.ts";
import type { Database } from "../db.ts";
import type { Env } from "../env.ts";
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
 * Finds the names of the plans, sales and users that ids stand for. What has no name in D1, a
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

/** The most accounts that are asked for the names of keys. */
const ACCOUNTS_MAX = 20;

/** What a row of the audit log is about, and whose that is. */
interface Owned {
  readonly subjectId: string;
  readonly userId: string | null;
}

const nameOf = ({ subjectId, userId }: Owned): string => `${userId}/${subjectId}`;

/**
 * Finds the names of the keys that rows are about. D1 has none: the account of each user is asked,
 * of the first twenty. A key that was revoked, or of an account that cannot be reached, has none.
 */
export async function findKeyNames(
  env: Pick<Env, "CREDIT_ACCOUNT">,
  rows: readonly Owned[],
): Promise<(row: Owned) => string | null> {
  const ofKeys = rows.filter(({ subjectId }) => subjectId.startsWith("key_"));
  const owners = [...new Set(ofKeys.map(({ userId }) => userId).filter(isText))];
  const names = new Map<string, string>();
  await Promise.all(
    owners.slice(0, ACCOUNTS_MAX).map(async (userId) => {
      const keys = await creditAccount(env, userId)
        .listKeys()
        .catch(() => []);
      for (const { keyId, name } of keys) names.set(nameOf({ subjectId: keyId, userId }), name);
    }),
  );
  return (row) => names.get(nameOf(row)) ?? null;
}
