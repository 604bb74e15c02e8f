import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { findUser } from "../users/users.ts";
import { refuseTokensOf } from "./end-sessions.ts";
import { rotateSession } from "./sessions.ts";
import { issueTokenPair } from "./start-session.ts";
import type { TokenPair } from "./wire.ts";

const INVALID_REFRESH_TOKEN = fail(
  "invalid_token",
  "This refresh token has expired or was already used. Sign in again.",
  { param: "refreshToken" },
);

/**
 * Exchanges a refresh token for a new pair. A token works once; using it again ends its family,
 * but for a moment after the first use.
 */
export async function refreshSession(
  ctx: Context,
  refreshToken: string,
): Promise<Result<TokenPair>> {
  const { db, nowMs } = ctx;
  const rotation = await rotateSession(db, refreshToken, nowMs);
  if (rotation.kind === "ended") {
    const { sessionId, userId, wasReused } = rotation;
    if (wasReused) log.warn("refresh_token.reused", { sessionId });
    await refuseTokensOf(ctx, { userId, sessionIds: [sessionId] });
  }
  if (rotation.kind !== "rotated") return INVALID_REFRESH_TOKEN;
  const user = await findUser(db, rotation.session.userId);
  return user === undefined
    ? INVALID_REFRESH_TOKEN
    : ok(await issueTokenPair(ctx, rotation.session, user.role));
}
