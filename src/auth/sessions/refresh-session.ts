import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { findUser } from "../users/users.ts";
import { rotateSession } from "./sessions.ts";
import { issueTokenPair, type TokenPair } from "./sign-in.ts";

const INVALID_REFRESH_TOKEN = fail(
  "invalid_token",
  "This refresh token is not good any more. Sign in again.",
  {
    param: "refreshToken",
  },
);

/**
 * Uses a refresh token, once, for a new pair. A token that was used before ends its whole family.
 */
export async function refreshSession(
  ctx: Context,
  refreshToken: string,
): Promise<Result<TokenPair>> {
  const { db, nowMs } = ctx;
  const rotation = await rotateSession(db, refreshToken, nowMs);
  if (rotation.kind === "ended" && rotation.wasReused) {
    console.warn(
      JSON.stringify({
        level: "warn",
        event: "refresh_token_reused",
        sessionId: rotation.sessionId,
      }),
    );
  }
  if (rotation.kind !== "rotated") return INVALID_REFRESH_TOKEN;
  const user = await findUser(db, rotation.session.userId);
  return user === undefined
    ? INVALID_REFRESH_TOKEN
    : ok(await issueTokenPair(ctx, rotation.session, user.role));
}
