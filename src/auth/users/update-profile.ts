import type { BatchItem } from "drizzle-orm/batch";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { normalizeEmail } from "./email.ts";
import { findUser, setProfile, type User } from "./users.ts";

export const USER_NOT_FOUND = fail("not_found", "There is no such user.");

/** The fields to change. A field that is left out stays. */
export interface ProfileChange {
  readonly name?: string | null;
  readonly email?: string;
}

/**
 * Returns the audit entry of a change of a profile, for the batch of that change: of every change
 * by an admin, and of users' own address, by which they sign in. It names the fields and nothing
 * personal, since the log outlives an erasure.
 */
function auditStatements(
  { db, actor, nowMs }: Context,
  userId: string,
  fields: readonly string[],
): BatchItem<"sqlite">[] {
  if (userId === actor.id && !fields.includes("email")) return [];
  const entry = { actor, action: "user.updated", subjectId: userId, userId, after: { fields } };
  return [auditIfChanged(db, entry, nowMs)];
}

/**
 * Changes a user's name or address.
 * @returns `not_found` when the user is gone; `email_taken` when the address is another user's
 */
export async function updateProfile(
  ctx: Context,
  userId: string,
  change: ProfileChange,
): Promise<Result<User>> {
  const { db, nowMs } = ctx;
  const { email } = change;
  const columns = {
    ...change,
    ...(email === undefined ? {} : { emailNormalized: normalizeEmail(email) }),
  };
  const audit = auditStatements(ctx, userId, Object.keys(change));
  const changed = await setProfile(db, userId, columns, nowMs, audit);
  const user = await findUser(db, userId);
  if (user === undefined) return USER_NOT_FOUND;
  if (changed) return ok(user);
  return fail("email_taken", "Another user has this address.", { param: "email" });
}
