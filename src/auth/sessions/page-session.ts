import { and, eq, ne } from "drizzle-orm";
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import { fail, ok, type Result } from "../../errors.ts";
import type { BaseEnv } from "../../http/factory.ts";
import { log } from "../../log.ts";
import { SECOND_MS } from "../../time.ts";
import type { SessionCaller } from "../caller.ts";
import { sessions, users } from "../tables.ts";
import { refuseTokensOf } from "./end-sessions.ts";
import { hashRefreshToken, REFRESH_TOKEN_TTL_MS, type TokenHashes } from "./refresh-token.ts";

const COOKIE_NAME = "farebox_session";
/**
 * The prefix of the cookie's name over https. Browsers then take the cookie from this very host
 * alone, so that no sibling site can sign its visitor in here.
 */
const HOST_PREFIX = "__Host-";
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

type RequestContext = Pick<Context<BaseEnv>, "req" | "get">;
type RequestSettings = BaseEnv["Variables"]["ctx"];

/** Returns whether the request came over https: always, but on a developer's machine. */
const isSecure = ({ req }: Pick<Context, "req">): boolean => new URL(req.url).protocol === "https:";

/**
 * Returns the attributes that name the cookie. `__Host-` requires `Secure` and `Path=/`, and no
 * `Domain` (RFC 6265bis §4.1.3.2).
 */
const cookieScope = (c: Context) => ({
  path: "/",
  ...(isSecure(c) ? { secure: true, prefix: "host" as const } : {}),
});

/**
 * Signs a browser in: sets its session's refresh token in a cookie that no script can read and no
 * other site's form can send. Pages look it up at each request and do not rotate it, so that two
 * tabs at once do not end each other's session.
 */
export function setSessionCookie(c: Context, refreshToken: string): void {
  const maxAge = REFRESH_TOKEN_TTL_MS / SECOND_MS;
  setCookie(c, COOKIE_NAME, refreshToken, {
    ...cookieScope(c),
    httpOnly: true,
    sameSite: "Lax",
    maxAge,
  });
}

/**
 * Signs a browser out: deletes the cookie.
 * @returns the refresh token that was in it, whose session the caller has to end
 */
export const clearSessionCookie = (c: Context): string | undefined =>
  deleteCookie(c, COOKIE_NAME, cookieScope(c));

/**
 * Ends the session of a token that is no longer its family's current one. Pages do not rotate the
 * token, so somebody else has used it, and nobody can tell which of the two is the thief (RFC 9700
 * §4.14.2).
 */
async function endReusedSession(
  ctx: RequestSettings,
  { familyHash, tokenHash }: TokenHashes,
): Promise<void> {
  const isReused = and(eq(sessions.familyHash, familyHash), ne(sessions.tokenHash, tokenHash));
  const [ended] = await ctx.db
    .delete(sessions)
    .where(isReused)
    .returning({ id: sessions.id, userId: sessions.userId });
  if (ended === undefined) return;
  log.warn("refresh_token.reused", { sessionId: ended.id });
  await refuseTokensOf(ctx, { userId: ended.userId, sessionIds: [ended.id] });
}

/** A made-up token, which anybody may send as often as they like, takes one read and no write. */
async function findSessionCaller(
  ctx: RequestSettings,
  token: string,
): Promise<SessionCaller | undefined> {
  const { db, nowMs } = ctx;
  const hashes = await hashRefreshToken(token);
  if (hashes === undefined) return undefined;
  const row = await db
    .select({
      sessionId: sessions.id,
      tokenHash: sessions.tokenHash,
      expiresAt: sessions.expiresAt,
      userId: users.id,
      role: users.role,
      erasingAt: users.erasingAt,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.familyHash, hashes.familyHash))
    .get();
  if (row === undefined) return undefined;
  if (row.tokenHash !== hashes.tokenHash) {
    await endReusedSession(ctx, hashes);
    return undefined;
  }
  if (row.expiresAt <= nowMs || row.erasingAt !== null) return undefined;
  return { userId: row.userId, role: row.role, via: { kind: "session", sessionId: row.sessionId } };
}

/**
 * Returns whether a request comes from our own pages, or changes nothing and comes from no page of
 * anybody else's. Browsers say so in Sec-Fetch-Site, older ones in Origin. A cookie alone does not
 * prove that its owner meant the request (CSRF).
 */
function isSameOrigin({ req, get }: RequestContext): boolean {
  const { config } = get("ctx");
  const origin = req.header("origin");
  const isOwn = origin === new URL(req.url).origin || origin === config.PUBLIC_URL;
  if (SAFE_METHODS.has(req.method))
    return origin === undefined || isOwn || config.ALLOWED_ORIGINS.includes(origin);
  const site = req.header("sec-fetch-site");
  return site === undefined ? isOwn : site === "same-origin";
}

const CROSS_SITE = fail(
  "invalid_token",
  "Cookies are accepted only from this site's own pages. Send Authorization: Bearer … " +
    "instead.",
);

/**
 * Identifies the caller by a browser's cookie.
 * @returns null without such a cookie, or when its session has ended; `invalid_token` when another
 *   site began the request
 */
export async function identifyByCookie(c: RequestContext): Promise<Result<SessionCaller> | null> {
  const header = c.req.header("cookie");
  const name = isSecure(c) ? HOST_PREFIX + COOKIE_NAME : COOKIE_NAME;
  const token = header === undefined ? undefined : parse(header, name)[name];
  if (token === undefined) return null;
  const caller = await findSessionCaller(c.get("ctx"), token);
  if (caller === undefined) return null;
  return isSameOrigin(c) ? ok(caller) : CROSS_SITE;
}
