import { and, desc, eq, isNotNull, isNull } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { comparePair, type Database } from "../../db.ts";
import type { TimedPosition } from "../../http/page.ts";
import { users } from "../tables.ts";
import { findUser, PUBLIC_COLUMNS, type User } from "../users/users.ts";
import type { ExternalProfile } from "./provision-external-user.ts";

/**
 * Lists users with an external id, newest first: up to `limit + 1`.
 * @param before the last user of the page before
 */
export const listExternalUsers = async (
  db: Database,
  limit: number,
  before: TimedPosition | undefined,
): Promise<User[]> =>
  await db
    .select(PUBLIC_COLUMNS)
    .from(users)
    .where(
      and(
        isNotNull(users.externalId),
        before === undefined
          ? undefined
          : comparePair([users.createdAt, users.id], "<", [before.atMs, before.id]),
      ),
    )
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(limit + 1);

/**
 * Changes what the founder's backend tells of a user: the fields that it names. The address of a
 * user who signs in here, and whom an admin linked, stays that user's own. The log names fields,
 * and nothing personal.
 * @returns the user; undefined when they are gone
 */
export async function updateExternalUser(
  { db, actor, nowMs }: Context,
  { id, isExternal }: User,
  { email, name, metadata }: ExternalProfile,
): Promise<User | undefined> {
  const change = {
    ...(email === undefined || !isExternal ? {} : { email: email ?? "" }),
    ...(name === undefined ? {} : { name }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  const fields = Object.keys(change);
  if (fields.length > 0) {
    const entry = {
      actor,
      action: "customer.updated",
      subjectId: id,
      userId: id,
      after: { fields },
    };
    await db.batch([
      db
        .update(users)
        .set({ ...change, updatedAt: nowMs })
        .where(and(eq(users.id, id), isNull(users.erasingAt))),
      auditIfChanged(db, entry, nowMs),
    ]);
  }
  return await findUser(db, id);
}
