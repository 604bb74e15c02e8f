import { type Caller, findUser, type User } from "../../auth/index.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";

/**
 * Resolves the user that a route is about (I10): the caller (`me`, or by id), or anyone for an
 * admin.
 * @returns `not_found` for all others
 */
export async function resolveUser(
  db: Database,
  caller: Caller,
  userIdOrMe: string,
): Promise<Result<User>> {
  const userId = userIdOrMe === "me" ? caller.userId : userIdOrMe;
  const isAllowed = caller.role === "admin" || userId === caller.userId;
  const user = isAllowed ? await findUser(db, userId) : undefined;
  return user === undefined ? fail("not_found", "This user doesn't exist.") : ok(user);
}
