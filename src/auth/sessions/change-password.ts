import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { checkNewPassword } from "../passwords/password-rules.ts";
import { confirmPassword } from "./confirm-password.ts";
import { refuseTokensOf } from "./end-sessions.ts";
import { replacePassword } from "./sessions.ts";

/**
 * Changes the caller's password and ends all their other sessions, so that anybody else who had
 * signed in needs the new password.
 * @param headers the headers of the request, which name the caller's network
 */
export async function changePassword(
  ctx: Context,
  headers: Headers,
  session: { readonly userId: string; readonly sessionId: string },
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Result<true>> {
  const { userId, sessionId } = session;
  const confirmed = await confirmPassword(ctx, headers, userId, input.currentPassword);
  if (!confirmed.ok) return confirmed;
  const { emailNormalized, passwordHash: oldHash } = confirmed.value;
  const context = { emailNormalized, publicUrl: ctx.config.PUBLIC_URL };
  const checked = checkNewPassword(input.newPassword, context, "newPassword");
  if (!checked.ok) return checked;
  const newHash = hashPassword(checked.value);
  const change = { userId, oldHash, newHash, keptSessionId: sessionId };
  const { actor } = ctx;
  const audit = auditIfChanged(
    ctx.db,
    { actor, action: "user.password_changed", subjectId: userId, userId },
    ctx.nowMs,
  );
  const sessionIds = await replacePassword(ctx.db, change, ctx.nowMs, audit);
  if (sessionIds !== null) {
    await refuseTokensOf(ctx, { userId, sessionIds });
    return ok(true);
  }
  return fail("conflict", "The password was changed by another request at the same time.");
}
