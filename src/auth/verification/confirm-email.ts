import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { composeMail, mailIfChanged } from "../../mail/index.ts";
import { type Purpose, users, verifications } from "../tables.ts";
import { auditAdminByProof, isAdminByProof } from "../users/admin-email.ts";
import { findUser } from "../users/users.ts";
import {
  BAD_LINK,
  findByCode,
  findByToken,
  isUnspent,
  type Verification,
} from "./find-verification.ts";

const PURPOSES: readonly Purpose[] = ["email", "new_email"];

const OTHER_USER = fail(
  "invalid_request",
  "This link belongs to another account. Sign in with the account that requested it.",
  { param: "token" },
);
const TAKEN = fail("email_taken", "Another user now has this email address.", { param: "email" });

/** Deletes what else would prove an address of this user. */
const deleteSpent = ({ db }: Pick<Context, "db">, userId: string) =>
  db
    .delete(verifications)
    .where(and(eq(verifications.userId, userId), inArray(verifications.purpose, [...PURPOSES])));

/** Marks the present address as proved, if it still is the one that got the mail. */
async function confirmPresent(ctx: Context, found: Verification, userId: string): Promise<void> {
  const { db, nowMs, config } = ctx;
  const { emailNormalized } = found;
  const isAdmin = isAdminByProof(config, emailNormalized);
  await db.batch([
    db
      .update(users)
      .set({
        emailVerifiedAt: nowMs,
        updatedAt: nowMs,
        ...(isAdmin ? { role: "admin" as const } : {}),
      })
      .where(
        and(
          eq(users.id, userId),
          eq(users.emailNormalized, emailNormalized),
          isNull(users.emailVerifiedAt),
          isNull(users.erasingAt),
          isUnspent(found),
        ),
      ),
    ...(isAdmin ? [auditAdminByProof(ctx, userId)] : []),
    deleteSpent(ctx, userId),
  ]);
}

/** Changes the address, unless another user has it by now, and tells the old one. */
async function changeAddress(
  ctx: Context,
  found: Verification,
  user: { readonly id: string; readonly email: string },
  language: Language,
): Promise<boolean> {
  const { db, nowMs, actor } = ctx;
  const { email, emailNormalized } = found;
  const isTaken = sql`exists (
    select 1 from users as others
    where others.email_normalized = ${emailNormalized} and others.id <> ${user.id}
  )`;
  const entry = { actor, action: "user.email_changed", subjectId: user.id, userId: user.id };
  const mail = await composeMail(ctx, {
    kind: "email_changed",
    facts: { newEmail: email },
    to: user.email,
    userId: user.id,
    language,
    onceKey: `email_changed:${found.id}`,
  });
  const [changed] = await db.batch([
    db
      .update(users)
      .set({ email, emailNormalized, emailVerifiedAt: nowMs, updatedAt: nowMs })
      .where(
        and(eq(users.id, user.id), isNull(users.erasingAt), isUnspent(found), sql`not ${isTaken}`),
      )
      .returning({ id: users.id }),
    auditIfChanged(db, entry, nowMs),
    mailIfChanged(db, mail),
    deleteSpent(ctx, user.id),
  ]);
  return changed.length > 0;
}

/**
 * Proves an address by the link or the code of a mail: the present one, or the one to change to,
 * which then is the user's. It takes a session of that user, so that whoever reads the mail of an
 * address does not confirm what somebody else began with it.
 * @returns `invalid_request` for a link or code that is wrong, used, another user's, or of an
 *   address that was changed since; `email_taken`
 */
export async function confirmEmail(
  ctx: Context,
  userId: string,
  proof: { readonly token: string } | { readonly code: string },
  language: Language,
): Promise<Result<true>> {
  const found =
    "token" in proof
      ? await findByToken(ctx, proof.token, PURPOSES)
      : await findByCode(ctx, { userId }, proof.code, PURPOSES);
  if (!found.ok) return found;
  const { value } = found;
  if (value.userId !== userId) return OTHER_USER;
  if (value.purpose === "email") await confirmPresent(ctx, value, userId);
  const user = await findUser(ctx.db, userId);
  if (user === undefined) return BAD_LINK;
  if (value.purpose === "email") {
    // The password's link may have proved it meanwhile.
    const isProved = user.emailVerifiedAt !== null && user.email === value.email;
    return isProved ? ok(true) : BAD_LINK;
  }
  return (await changeAddress(ctx, value, user, language)) ? ok(true) : TAKEN;
}
