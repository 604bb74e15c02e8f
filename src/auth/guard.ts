import type { Context, Next } from "hono";
import { createMiddleware } from "hono/factory";
import { creditAccount, type Scope } from "../account/index.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
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
const UNREADABLE_CREDENTIAL = fail(
  "invalid_token",
  "Authorization: this is longer than any access token or sk_ key.",
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

/** The longest header with a credential that is read. Ours have less than 1 KiB. */
const AUTHORIZATION_LENGTH_MAX = 4096;

/** Reads the credential of `Authorization: Bearer …`. The scheme is in any case (RFC 6750). */
const parseBearer = (header: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];

/**
 * The part of a request that identifies its caller. `get` and not `var`, which copies all variables
 * at each access.
 */
type RequestContext = Pick<Context<BaseEnv>, "req" | "get">;

/**
 * Reads the credential of a request: `Authorization`, or a key under the names that clients of
 * Anthropic and Azure give it.
 */
function readCredential({ req }: RequestContext): string | undefined {
  const key = req.header("authorization") ?? req.header("x-api-key") ?? req.header("api-key");
  return key === undefined || req.header("authorization") !== undefined ? key : `Bearer ${key}`;
}

/**
 * Identifies the caller by what the credential itself proves, without I/O. A browser on our own
 * pages is identified by its cookie, which takes a query.
 */
async function identifyCaller(c: RequestContext): Promise<Result<Caller>> {
  const header = readCredential(c);
  if (header !== undefined && header.length > AUTHORIZATION_LENGTH_MAX)
    return UNREADABLE_CREDENTIAL;
  const credential = parseBearer(header);
  if (credential === undefined)
    return (header === undefined ? await identifyByCookie(c) : null) ?? MISSING_CREDENTIAL;
  const { config, nowMs } = c.get("ctx");
  // A JWT has two dots. Anything else was meant as a key: OpenAI's clients send any text they were
  // given.
  if (credential.startsWith(API_KEY_PREFIX) || !credential.includes(".")) {
    const key = await parseKey(config, credential, nowMs);
    return key === undefined
      ? INVALID_API_KEY
      : ok({ userId: key.userId, role: "user", via: { kind: "key", hash: key.hash } });
  }
  const token = await verifyAccessToken(config, credential, nowMs);
  if (!token.ok) return token;
  const { userId, role, sessionId } = token.value;
  return ok({ userId, role, via: { kind: "session", sessionId } });
}

/** The callers of requests that `limitRequests` identified already. */
const identifiedBy = new WeakMap<object, Result<Caller>>();

/**
 * Identifies the caller, and remembers it for the guard of the same request: a cookie takes a
 * query.
 */
export async function identifyOnce(c: RequestContext): Promise<Result<Caller>> {
  const known = identifiedBy.get(c.req);
  if (known !== undefined) return known;
  const identified = await identifyCaller(c);
  identifiedBy.set(c.req, identified);
  return identified;
}

/** Requires that the caller signed in. A key gets `missing_scope`. */
export const requireSessionCaller = ({ via, ...rest }: Caller): Result<SessionCaller> =>
  via.kind === "session" ? ok({ ...rest, via }) : SESSION_ONLY;

/** Asks D1 whether a session is live, and for the role that its user has now. */
async function confirmSession(
  c: RequestContext,
  caller: SessionCaller,
): Promise<Result<SessionCaller>> {
  const { db, nowMs } = c.get("ctx");
  const role = await findLiveRole(db, caller.via.sessionId, caller.userId, nowMs);
  return role === undefined ? SESSION_ENDED : ok({ ...caller, role });
}

/** Asks the account object whether a key is live and has the scope. */
async function confirmKey(
  c: RequestContext,
  caller: Caller,
  hash: string,
  scope: Scope,
): Promise<Result<Caller>> {
  const account = creditAccount(c.get("ctx").env, caller.userId);
  const verified = await orUnavailable(account.verifyKey({ hash, scope }));
  return verified.ok ? ok(caller) : verified;
}

const passThrough = async <E extends BaseEnv>(
  _c: Context<E>,
  _userId: string,
  next: Next,
): Promise<Response | undefined> => {
  await next();
  return undefined;
};

/** Refuses a caller. A 401 says how to say who is calling (RFC 9110 §11.6.1). */
function refuseCaller(c: Context, failure: Failure): Response {
  const response = refuse(c, failure);
  if (response.status === 401) response.headers.set("www-authenticate", 'Bearer realm="farebox"');
  return response;
}

/**
 * Creates a guard. It sets `c.var.caller` and the actor of `c.var.ctx`, or answers with the
 * failure.
 * @param decide decides about a caller whose credential is genuine
 * @param proceed runs the rest of the request: `replayIdempotent`, except for chats, which handle
 *   `Idempotency-Key` themselves
 */
const createGuard = <C extends Caller>(
  decide: (c: RequestContext, caller: Caller) => Result<C> | Promise<Result<C>>,
  proceed = replayIdempotent,
) =>
  createMiddleware<AuthEnv<C>>(async (c, next) => {
    const identified = identifiedBy.get(c.req) ?? (await identifyCaller(c));
    const result = identified.ok ? await decide(c, identified.value) : identified;
    if (result.ok) {
      const { userId, role, via } = result.value;
      const key = via.kind === "key" ? { keyHash: via.hash } : {};
      c.set("caller", result.value);
      c.set("ctx", { ...c.get("ctx"), actor: { kind: role, id: userId }, ...key });
      return await proceed(c, result.value.userId, next);
    }
    return refuseCaller(c, result.failure);
  });

/**
 * Identifies the caller by what the credential itself proves, without I/O but for a browser's
 * cookie; 401 otherwise. A session that ended passes until its access token expires (15 minutes at
 * most), and so does a revoked key. Only for the chat's hot path, where the account object checks
 * the session, the key and whether the account still exists.
 */
export const identify = withMetadata(
  createGuard((_c, caller) => ok(caller), passThrough),
  { kind: "caller", who: "anyone", scope: null },
);

/**
 * Identifies the caller, and confirms by one query or call that the credential is live: a session's
 * row, or a key's state and scope.
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
 * The same, for routes whose answers may be streams and that handle `Idempotency-Key` themselves.
 */
export const requireChatCaller = requireCaller("chat", passThrough);

/**
 * Refuses a credential that is not valid, on a route that is for everybody: clients try their key
 * there. Without a credential the request passes.
 */
export const refuseBadCredential = withMetadata(
  createMiddleware<BaseEnv>(async (c, next) => {
    if (readCredential(c) === undefined) return await next();
    const caller = await identifyOnce(c);
    const result =
      caller.ok && caller.value.via.kind === "key"
        ? await confirmKey(c, caller.value, caller.value.via.hash, "chat")
        : caller;
    // Whatever the key is for.
    if (result.ok || result.failure.code === "missing_scope") return await next();
    return refuseCaller(c, result.failure);
  }),
  {
    kind: "failures",
    failures: ["invalid_token", "token_expired", "invalid_api_key", "billing_unavailable"],
  },
);

/** Requires a live session. A key gets 403 `missing_scope`. */
export const requireSession = withMetadata(
  createGuard(async (c, caller) => {
    const session = requireSessionCaller(caller);
    return session.ok ? await confirmSession(c, session.value) : session;
  }),
  { kind: "caller", who: "session", scope: null },
);

/**
 * Requires a live session whose user is an admin now, whatever the token says. Anyone else gets 403
 * `admin_only`.
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
