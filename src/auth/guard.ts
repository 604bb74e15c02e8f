import type { Context, Next } from "hono";
import { createMiddleware } from "hono/factory";
import { creditAccount, type Scope } from "../account/index.ts";
import { database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { BaseEnv } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { withMetadata } from "../http/route-metadata.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import type { AuthEnv, Caller, SessionCaller } from "./caller.ts";
import { API_KEY_PREFIX, parseKey } from "./keys/key-format.ts";
import { replayIdempotent } from "./replay-idempotent.ts";
import { verifyAccessToken } from "./sessions/access-token.ts";
import { identifyByCookie } from "./sessions/page-session.ts";
import { findLiveRole } from "./sessions/sessions.ts";

const MISSING_CREDENTIAL = fail(
  "invalid_token",
  "Say who is calling: Authorization: Bearer, then an access token or an sk_ key.",
);
const INVALID_API_KEY = fail(
  "invalid_api_key",
  "This API key is not valid: it is mistyped, revoked, or from another place.",
);
const SESSION_ENDED = fail("invalid_token", "This session has ended. Sign in again.");
const SESSION_ONLY = fail(
  "missing_scope",
  "An API key cannot do this, whatever its scopes: sign in and use the access token.",
);
const ADMIN_ONLY = fail("admin_only", "Only an admin may do this.");

/** The credential of `Authorization: Bearer …` (RFC 6750; the scheme's case does not matter). */
const parseBearer = (header: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];

/**
 * What these need of a request's context, whatever its variables. `get`, as `c.var` copies all of
 * them each time.
 */
type RequestContext = Pick<Context<BaseEnv>, "env" | "req" | "get">;

/**
 * Who is calling, by what the credential itself proves; a browser on our own pages, by its cookie,
 * which is looked up.
 */
export async function identifyCaller(c: RequestContext): Promise<Result<Caller>> {
  const header = c.req.header("authorization");
  const credential = parseBearer(header);
  if (credential === undefined)
    return (
      (header === undefined ? await identifyByCookie(c, Date.now()) : null) ?? MISSING_CREDENTIAL
    );
  // A JWT has two dots. Anything else was meant for a key: OpenAI's clients send whatever they were
  // given as one.
  if (credential.startsWith(API_KEY_PREFIX) || !credential.includes(".")) {
    const key = await parseKey(c.get("ctx").config, credential, Date.now());
    return key === undefined
      ? INVALID_API_KEY
      : ok({ userId: key.userId, role: "user", via: { kind: "key", hash: key.hash } });
  }
  const token = await verifyAccessToken(c.get("ctx").config, credential, Date.now());
  if (!token.ok) return token;
  const { userId, role, sessionId } = token.value;
  return ok({ userId, role, via: { kind: "session", sessionId } });
}

/** Refuses a key. */
export const requireSessionCaller = ({ via, ...rest }: Caller): Result<SessionCaller> =>
  via.kind === "session" ? ok({ ...rest, via }) : SESSION_ONLY;

/** Asks D1 whether a session is still in force, and what its user's role is now. */
async function confirmSession(
  c: RequestContext,
  caller: SessionCaller,
): Promise<Result<SessionCaller>> {
  const role = await findLiveRole(
    database(c.env.DB),
    caller.via.sessionId,
    caller.userId,
    Date.now(),
  );
  return role === undefined ? SESSION_ENDED : ok({ ...caller, role });
}

/** Asks the account object whether a key is still in force and has the scope. */
async function confirmKey(
  c: RequestContext,
  caller: Caller,
  hash: string,
  scope: Scope,
): Promise<Result<Caller>> {
  const reply = await orUnavailable(creditAccount(c.env, caller.userId).verifyKey({ hash, scope }));
  return reply.ok ? ok(caller) : reply;
}

const passThrough = async <E extends BaseEnv>(
  _c: Context<E>,
  _userId: string,
  next: Next,
): Promise<Response | undefined> => {
  await next();
  return undefined;
};

/**
 * @param proceed what becomes of a request that may go on: `replayIdempotent`, but for chats, which see
 * to their own keys
 */
const createGuard = <C extends Caller>(
  decide: (c: RequestContext, caller: Caller) => Result<C> | Promise<Result<C>>,
  proceed = replayIdempotent,
) =>
  createMiddleware<AuthEnv<C>>(async (c, next) => {
    const identified = await identifyCaller(c);
    const result = identified.ok ? await decide(c, identified.value) : identified;
    if (result.ok) {
      const { userId, role } = result.value;
      c.set("caller", result.value);
      c.set("ctx", { ...c.get("ctx"), actor: { kind: role, id: userId } });
      return await proceed(c, result.value.userId, next);
    }
    const response = refuse(c, result.failure);
    if (response.status === 401) response.headers.set("www-authenticate", 'Bearer realm="farebox"');
    return response;
  });

/**
 * Who is calling, by what the credential itself proves: no I/O, but for a browser's cookie. Sets
 * `c.var.caller`; 401 otherwise. A session that ended still passes until its access token expires
 * (15 minutes at most), and a revoked key passes: only for the chat's hot path, where the account
 * object checks the key and whether the account still exists.
 */
export const identify = withMetadata(
  createGuard((_c, caller) => ok(caller), passThrough),
  { kind: "caller", who: "anyone", scope: null },
);

/**
 * `identify`, then one look-up that the credential is still in force: a key's state and scope, or a
 * session's.
 */
export const requireCaller = (scope: Scope, proceed = replayIdempotent) =>
  withMetadata(
    createGuard<Caller>(async (c, caller) => {
      if (caller.via.kind === "key") return await confirmKey(c, caller, caller.via.hash, scope);
      const session = requireSessionCaller(caller);
      return session.ok ? await confirmSession(c, session.value) : session;
    }, proceed),
    { kind: "caller", who: "anyone", scope },
  );

/**
 * The same, for routes whose answers may be streams and that see to `Idempotency-Key` themselves.
 */
export const requireChatCaller = requireCaller("chat", passThrough);

/** A signed-in session that has not ended. A key gets 403 `missing_scope`. */
export const requireSession = withMetadata(
  createGuard(async (c, caller) => {
    const session = requireSessionCaller(caller);
    return session.ok ? await confirmSession(c, session.value) : session;
  }),
  { kind: "caller", who: "session", scope: null },
);

/**
 * A session whose user is an admin now, whatever the token says. Anyone else gets 403 `admin_only`.
 */
export const requireAdmin = withMetadata(
  createGuard(async (c, caller) => {
    const session = requireSessionCaller(caller);
    if (!session.ok) return ADMIN_ONLY;
    const live = await confirmSession(c, session.value);
    return live.ok && live.value.role !== "admin" ? ADMIN_ONLY : live;
  }),
  { kind: "caller", who: "admin", scope: null },
);
