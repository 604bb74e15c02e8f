import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { admitPassword } from "../passwords/admit-password.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { type CallerSession, confirmCaller } from "./confirm-caller.ts";
import { refuseTokensOf } from "./end-sessions.ts";
import { replacePassword } from "./sessions.ts";

/**
 * Changes the caller's password, or gives them one, and ends all their other sessions, so that
 * anybody else who had signed in needs the new password.
 * @param headers the headers of the request, which name the caller's network
 */
export async function changePassword(
  ctx: Context,
  headers: Headers,
  session: CallerSession,
  input: { readonly currentPassword?: string | undefined; readonly newPassword: string },
): Promise<Result<true>> {
  const { userId, sessionId } = session;
  const confirmed = await confirmCaller(ctx, headers, session, input.currentPassword);
  if (!confirmed.ok) return confirmed;
  const { emailNormalized, passwordHash: oldHash } = confirmed.value;
  const { newPassword } = input;
  const checked = await admitPassword(ctx.config, newPassword, emailNormalized, "newPassword");
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
  return fail(
    "conflict",
    "Your password was just changed by another request. Sign in with the new one.",
  );
}
