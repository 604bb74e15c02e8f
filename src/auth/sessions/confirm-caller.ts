import { and, eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { MINUTE_MS } from "../../time.ts";
import { NO_PASSWORD, verifyPassword } from "../passwords/password-hash.ts";
import { sessions } from "../tables.ts";
import { type Credentials, findCredentials } from "../users/users.ts";
import { checkSignInRateLimit } from "./sign-in-rate-limit.ts";

/** The time for which a session counts as proof that its user is here, who has no password. */
const RECENT_MS = 15 * MINUTE_MS;

const WRONG_PASSWORD = fail("invalid_credentials", "Wrong current password.", {
  param: "currentPassword",
});
const PASSWORD_MISSING = fail(
  "invalid_request",
  "currentPassword: enter your current password to make this change.",
  { param: "currentPassword" },
);
const SIGN_IN_AGAIN = fail(
  "recent_sign_in_required",
  "Sign in again to do this: you signed in more than 15 minutes ago.",
);

/** The session of a caller. */
export interface CallerSession {
  readonly userId: string;
  readonly sessionId: string;
}

async function isRecent({ db, nowMs }: Context, session: CallerSession): Promise<boolean> {
  const row = await db
    .select({ createdAt: sessions.createdAt })
    .from(sessions)
    .where(and(eq(sessions.id, session.sessionId), eq(sessions.userId, session.userId)))
    .get();
  return row !== undefined && row.createdAt > nowMs - RECENT_MS;
}

/**
 * Confirms that the holder of a session is its user: by their password, or of a user without one by
 * a session that has just begun. Asked before anything that a thief of the session must not do.
 * @param headers the headers of the request, which name the caller's network
 * @returns `rate_limit_exceeded` after too many tries; `invalid_credentials`; `invalid_request`
 *   without the password of a user who has one; `recent_sign_in_required`
 */
export async function confirmCaller(
  ctx: Context,
  headers: Headers,
  session: CallerSession,
  password: string | undefined,
): Promise<Result<Credentials>> {
  const { userId } = session;
  const allowed = await checkSignInRateLimit(ctx.env, "password", headers, userId);
  if (!allowed.ok) return allowed;
  const credentials = await findCredentials(ctx.db, { userId });
  if (credentials === undefined) return WRONG_PASSWORD;
  if (credentials.passwordHash === NO_PASSWORD)
    return (await isRecent(ctx, session)) ? ok(credentials) : SIGN_IN_AGAIN;
  if (password === undefined) return PASSWORD_MISSING;
  if (verifyPassword(password, credentials.passwordHash).matches) return ok(credentials);
  log.warn("password.refused", { userId });
  return WRONG_PASSWORD;
}
