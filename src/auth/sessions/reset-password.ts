import { and, eq, isNull, sql } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { composeMail, mailIfChanged } from "../../mail/index.ts";
import { admitPassword } from "../passwords/admit-password.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { sessions, users, verifications } from "../tables.ts";
import { isAdminByProof } from "../users/admin-email.ts";
import { normalizeEmail } from "../users/email.ts";
import { findCredentials } from "../users/users.ts";
import { findByToken, isUnspent, type Verification } from "../verification/find-verification.ts";
import { draftVerification, queueVerification } from "../verification/mail-link.ts";
import { refuseTokensOf } from "./end-sessions.ts";

/**
 * Mails a link by which a new password is chosen. Known and unknown addresses look the same: the
 * answer is given before anything is looked up. An address gets five such mails an hour at most.
 */
export async function forgotPassword(
  ctx: Context,
  email: string,
  language: Language,
): Promise<void> {
  const credentials = await findCredentials(ctx.db, { emailNormalized: normalizeEmail(email) });
  if (credentials === undefined) return;
  const { id: userId, email: own } = credentials.user;
  const draft = await draftVerification(ctx, { purpose: "password", userId, email: own }, language);
  await queueVerification(ctx.db, draft);
}

/** Sets the password, ends all sessions and spends every link, in one batch. */
async function replaceByLink(
  ctx: Context,
  found: Verification & { readonly userId: string },
  newHash: string,
  language: Language,
): Promise<string[] | null> {
  const { db, nowMs, config } = ctx;
  const { userId, emailNormalized, email } = found;
  const wasReplaced = sql`exists (
    select 1 from ${users} where ${users.id} = ${userId} and ${users.passwordHash} = ${newHash}
  )`;
  const actor = { kind: "user", id: userId } as const;
  const mail = await composeMail(ctx, {
    kind: "password_changed",
    facts: { forgotUrl: `${config.PUBLIC_URL}/forgot` },
    to: email,
    userId,
    language,
    onceKey: `password_changed:${found.id}`,
  });
  const [replaced, , , ended] = await db.batch([
    db
      .update(users)
      .set({
        passwordHash: newHash,
        // Whoever has the link reads the mail of this address. An admin's is proved by itself.
        ...(isAdminByProof(config, emailNormalized)
          ? {}
          : { emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, ${nowMs})` }),
        updatedAt: nowMs,
      })
      .where(
        and(
          eq(users.id, userId),
          eq(users.emailNormalized, emailNormalized),
          isNull(users.erasingAt),
          isUnspent(found),
        ),
      )
      .returning({ id: users.id }),
    auditIfChanged(db, { actor, action: "user.password_reset", subjectId: userId, userId }, nowMs),
    mailIfChanged(db, mail),
    db
      .delete(sessions)
      .where(and(eq(sessions.userId, userId), wasReplaced))
      .returning({ id: sessions.id }),
    db
      .delete(verifications)
      .where(
        and(eq(verifications.userId, userId), eq(verifications.purpose, "password"), wasReplaced),
      ),
  ]);
  return replaced.length === 0 ? null : ended.map(({ id }) => id);
}

/**
 * Sets a new password by the link of a mail, once, and ends every session. The address is proved
 * with it.
 * @returns `invalid_request` for a link that is wrong, used or expired, and for a bad password,
 *   which spends nothing
 */
export async function resetPassword(
  ctx: Context,
  input: { readonly token: string; readonly newPassword: string },
  language: Language,
): Promise<Result<true>> {
  const found = await findByToken(ctx, input.token, ["password"]);
  if (!found.ok) return found;
  const { userId, emailNormalized } = found.value;
  const { newPassword } = input;
  const checked = await admitPassword(ctx.config, newPassword, emailNormalized, "newPassword");
  if (!checked.ok) return checked;
  if (userId === null) throw new Error(`The verification ${found.value.id} has no user.`);
  const newHash = hashPassword(checked.value);
  const ended = await replaceByLink(ctx, { ...found.value, userId }, newHash, language);
  if (ended === null)
    return fail(
      "invalid_request",
      "This link was already used, or the email address has changed. Request a new one.",
      {
        param: "token",
      },
    );
  await refuseTokensOf(ctx, { userId, sessionIds: ended });
  return ok(true);
}
