import { and, eq } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { securityMail } from "../factors/security-mail.ts";
import { hasOtherWay } from "../factors/sign-in-ways.ts";
import { identities } from "../tables.ts";
import { hasIdentity } from "./identities.ts";

/** The refusal of an id that names no identity of the caller. */
export const NO_IDENTITY = fail("not_found", "This sign-in provider isn't linked to your account.");
const LAST_WAY = fail(
  "conflict",
  "This is your only way to sign in. Set a password or add another one first.",
);

/**
 * Removes a way to sign in by a provider. Whether it is the last is part of the deletion, so that
 * of two at once one stays.
 * @returns `not_found` for another user's or none; `conflict` for the last way
 */
export async function unlinkIdentity(
  ctx: Context,
  user: { readonly id: string; readonly email: string },
  identityId: string,
  language: Language,
): Promise<Result<true>> {
  const { db, nowMs, actor } = ctx;
  const userId = user.id;
  const isOwn = and(eq(identities.id, identityId), eq(identities.userId, userId));
  const entry = { actor, action: "user.provider_removed", subjectId: identityId, userId };
  const mail = await securityMail(ctx, user, "provider_removed", { language, cause: identityId });
  const [removed] = await db.batch([
    db
      .delete(identities)
      .where(and(isOwn, hasOtherWay(userId, { kind: "identity", id: identityId })))
      .returning({ id: identities.id }),
    auditIfChanged(db, entry, nowMs),
    ...mail,
  ]);
  if (removed.length > 0) return ok(true);
  return (await hasIdentity(db, userId, identityId)) ? LAST_WAY : NO_IDENTITY;
}
