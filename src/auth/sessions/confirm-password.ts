import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { verifyPassword } from "../passwords/password-hash.ts";
import { type Credentials, findCredentials } from "../users/users.ts";
import { checkSignInRateLimit } from "./sign-in-rate-limit.ts";

/**
 * Confirms that the holder of a session also knows its user's password. Asked before anything that
 * a thief of the session must not do.
 * @param headers the headers of the request, which name the caller's network
 * @returns `rate_limit_exceeded` after too many tries; `invalid_credentials`
 */
export async function confirmPassword(
  { env, db }: Context,
  headers: Headers,
  userId: string,
  password: string,
): Promise<Result<Credentials>> {
  const allowed = await checkSignInRateLimit(env, "password", headers, userId);
  if (!allowed.ok) return allowed;
  const credentials = await findCredentials(db, { userId });
  if (credentials !== undefined && verifyPassword(password, credentials.passwordHash).matches)
    return ok(credentials);
  log.warn("password.refused", { userId });
  return fail("invalid_credentials", "The current password is wrong.", {
    param: "currentPassword",
  });
}
