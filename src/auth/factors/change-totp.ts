import { and, eq, sql } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newId } from "../../ids.ts";
import type { Language } from "../../languages.ts";
import { recoveryCodes, sessions, totpFactors } from "../tables.ts";
import { newRecoveryCodes } from "./recovery-codes.ts";
import { securityMail } from "./security-mail.ts";
import { checkTotpCode } from "./totp.ts";

const WRONG_CODE = fail(
  "invalid_credentials",
  "Wrong code. Check that your phone's clock is correct, then enter the next code.",
  { param: "code" },
);
const NO_TOTP = fail("not_found", "You don't have an authenticator app.");

/** A user, the session in which they change something, and the language to tell them in. */
export interface FactorOwner {
  readonly id: string;
  readonly email: string;
  readonly sessionId: string;
  readonly language: Language;
}

const hasConfirmed = (userId: string) =>
  sql`exists (
    select 1 from ${totpFactors} where ${totpFactors.userId} = ${userId}
      and ${totpFactors.confirmedAt} is not null
  )`;

/**
 * Makes a new authenticator app a second factor, by a code of it. Recovery codes come with it, and
 * the session counts as one that began with both.
 * @returns the recovery codes, which are shown once; `invalid_credentials` for a wrong code
 */
export async function confirmTotp(
  ctx: Context,
  owner: FactorOwner,
  code: string,
): Promise<Result<readonly string[]>> {
  const { db, nowMs, actor } = ctx;
  const { id: userId, sessionId, language } = owner;
  const use = await checkTotpCode(ctx, userId, code, false);
  if (use === undefined) return WRONG_CODE;
  const entry = { actor, action: "user.totp_added", subjectId: userId, userId };
  const [recovery, mail] = await Promise.all([
    newRecoveryCodes(db, userId),
    securityMail(ctx, owner, "totp_added", { language, cause: newId("aud", nowMs) }),
  ]);
  const [taken] = await db.batch([
    use.statement,
    auditIfChanged(db, entry, nowMs),
    ...mail,
    ...recovery.statementsIf(use.isTaken),
    db
      .update(sessions)
      .set({ twoFactorAt: nowMs })
      .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), use.isTaken)),
  ]);
  return taken.length === 0 ? WRONG_CODE : ok(recovery.codes);
}

/**
 * Removes a user's authenticator app, confirmed or not, and the recovery codes.
 * @param reason an admin's, who does it for a user without phone and codes
 * @returns `not_found` where there is none
 */
export async function removeTotp(
  ctx: Context,
  owner: Pick<FactorOwner, "id" | "email" | "language">,
  reason?: string,
): Promise<Result<true>> {
  const { db, nowMs, actor } = ctx;
  const { id: userId, language } = owner;
  const subject = { actor, action: "user.totp_removed", subjectId: userId, userId };
  const entry = { ...subject, ...(reason === undefined ? {} : { reason }) };
  const mail = await securityMail(ctx, owner, "totp_removed", {
    language,
    cause: newId("aud", nowMs),
  });
  const [removed] = await db.batch([
    db
      .delete(totpFactors)
      .where(eq(totpFactors.userId, userId))
      .returning({ userId: totpFactors.userId }),
    auditIfChanged(db, entry, nowMs),
    ...mail,
    db
      .delete(recoveryCodes)
      .where(and(eq(recoveryCodes.userId, userId), sql`not ${hasConfirmed(userId)}`)),
  ]);
  return removed.length === 0 ? NO_TOTP : ok(true);
}

/**
 * Puts ten new recovery codes in place of those that are left.
 * @returns the codes, which are shown once; `not_found` without an authenticator app
 */
export async function renewRecoveryCodes(
  ctx: Context,
  owner: FactorOwner,
): Promise<Result<readonly string[]>> {
  const { db, nowMs, actor } = ctx;
  const { id: userId, language } = owner;
  const entry = { actor, action: "user.recovery_codes_renewed", subjectId: userId, userId };
  const [recovery, mail] = await Promise.all([
    newRecoveryCodes(db, userId),
    securityMail(ctx, owner, "recovery_codes_renewed", { language, cause: newId("aud", nowMs) }),
  ]);
  const [deleteOld, insertNew] = recovery.statementsIf(hasConfirmed(userId));
  const [, inserted] = await db.batch([
    deleteOld,
    insertNew,
    auditIfChanged(db, entry, nowMs),
    ...mail,
  ]);
  return inserted.length === 0 ? NO_TOTP : ok(recovery.codes);
}
