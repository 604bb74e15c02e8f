import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { hashPassword } from "../passwords/password-hash.ts";
import { checkNewPassword } from "../passwords/password-rules.ts";
import { replacePassword } from "./sessions.ts";
import { confirmPassword } from "./sign-in.ts";

/**
 * Changes the caller's password and ends all their other sessions: whoever else had signed in has
 * to know the new one.
 */
export async function changePassword(
  ctx: Context,
  caller: { userId: string; sessionId: string },
  input: { currentPassword: string; newPassword: string },
): Promise<Result<true>> {
  const { db, nowMs } = ctx;
  const confirmed = await confirmPassword(db, caller.userId, input.currentPassword);
  if (!confirmed.ok) return confirmed;
  const { emailNormalized, passwordHash: oldHash } = confirmed.value;
  const checked = checkNewPassword(input.newPassword, emailNormalized, "newPassword");
  if (!checked.ok) return checked;
  const newHash = hashPassword(checked.value);
  const change = { userId: caller.userId, oldHash, newHash, keptSessionId: caller.sessionId };
  if (await replacePassword(db, change, nowMs)) return ok(true);
  return fail("conflict", "The password was changed by another request at the same time.");
}
