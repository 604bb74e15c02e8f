import type { Database } from "../../db.ts";
import { inList } from "../../in-list.ts";
import { users } from "../tables.ts";

/** A user as others refer to one. */
export interface UserReference {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  /** By which the founder's backend names the user; null where it has none. */
  readonly externalId: string | null;
}

/** Finds users by id, those who are being erased too. */
export async function findUserReferences(
  db: Database,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, UserReference>> {
  const rows = await db
    .select({ id: users.id, email: users.email, name: users.name, externalId: users.externalId })
    .from(users)
    .where(inList(users.id, [...new Set(userIds)]));
  return new Map(rows.map((user) => [user.id, user]));
}
