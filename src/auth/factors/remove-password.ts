import { and, eq, isNull, ne } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newId } from "../../ids.ts";
import { NO_PASSWORD } from "../passwords/password-hash.ts";
import { users } from "../tables.ts";
import type { FactorOwner } from "./change-totp.ts";
import { securityMail } from "./security-mail.ts";
import { hasOtherWay } from "./sign-in-ways.ts";

const LAST_WAY = fail(
  "conflict",
  "Your password is your only way to sign in. Add a passkey before you remove it.",
);

/**
 * Removes a user's password: they sign in with a passkey from then on.
 * @returns `conflict` where the user could not sign in any more, or has none
 */
export async function removePassword(ctx: Context, owner: FactorOwner): Promise<Result<true>> {
  const { db, nowMs, actor } = ctx;
  const { id: userId, language } = owner;
  const entry = { actor, action: "user.password_removed", subjectId: userId, userId };
  const mail = await securityMail(ctx, owner, "password_removed", {
    language,
    cause: newId("aud", nowMs),
  });
  const [removed] = await db.batch([
    db
      .update(users)
      .set({ passwordHash: NO_PASSWORD, updatedAt: nowMs })
      .where(
        and(
          eq(users.id, userId),
          ne(users.passwordHash, NO_PASSWORD),
          isNull(users.erasingAt),
          hasOtherWay(userId, { kind: "password" }),
        ),
      )
      .returning({ id: users.id }),
    auditIfChanged(db, entry, nowMs),
    ...mail,
  ]);
  return removed.length === 0 ? LAST_WAY : ok(true);
}
