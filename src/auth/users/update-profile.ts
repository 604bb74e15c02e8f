import type { BatchItem } from "drizzle-orm/batch";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { composeMail, isMailOn, mailIfChanged } from "../../mail/index.ts";
import { normalizeEmail } from "./email.ts";
import { findUser, setProfile, type User } from "./users.ts";

export const USER_NOT_FOUND = fail("not_found", "This user doesn't exist.");

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

/** Returns the mail that tells the old address of its change, for the batch of that change. */
async function mailStatements(
  ctx: Context,
  userId: string,
  newEmail: string | undefined,
  language: Language,
): Promise<BatchItem<"sqlite">[]> {
  const { db, nowMs } = ctx;
  if (newEmail === undefined || !isMailOn(ctx)) return [];
  const user = await findUser(db, userId);
  if (user === undefined || normalizeEmail(user.email) === normalizeEmail(newEmail)) return [];
  const mail = await composeMail(ctx, {
    kind: "email_changed",
    facts: { newEmail },
    to: user.email,
    userId,
    language,
    onceKey: `email_changed:${userId}:${nowMs}`,
  });
  return [mailIfChanged(db, mail)];
}

/**
 * Changes a user's name or address, at once. The old address gets a mail.
 * @param language of that mail
 * @returns `not_found` when the user is gone; `email_taken` when the address is another user's
 */
export async function updateProfile(
  ctx: Context,
  userId: string,
  change: ProfileChange,
  language: Language,
): Promise<Result<User>> {
  const { db, nowMs } = ctx;
  const { email } = change;
  const columns = {
    ...change,
    ...(email === undefined ? {} : { emailNormalized: normalizeEmail(email) }),
  };
  // The mail follows the entry, which every change of an address has.
  const statements = [
    ...auditStatements(ctx, userId, Object.keys(change)),
    ...(await mailStatements(ctx, userId, email, language)),
  ];
  const changed = await setProfile(db, userId, columns, nowMs, statements);
  const user = await findUser(db, userId);
  if (user === undefined) return USER_NOT_FOUND;
  if (changed) return ok(user);
  return fail("email_taken", "Another user already has this email address.", { param: "email" });
}
