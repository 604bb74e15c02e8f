import type { Context, Next } from "hono";
import { createMiddleware } from "hono/factory";
import { ACCOUNT_SUSPENDED, creditAccount, type Scope } from "../account/index.ts";
import type { Actor } from "../actor.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import type { BaseEnv } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { isOpenWhileSuspended, type SuspensionRule, withMetadata } from "../http/route-metadata.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import type {
  AuthEnv,
  Caller,
  ManagementCaller,
  ManagementScope,
  SessionCaller,
} from "./caller.ts";
import { provisionExternalUser } from "./external/provision-external-user.ts";
import { API_KEY_PREFIX, MANAGEMENT_KEY_PREFIX, parseKey } from "./keys/key-format.ts";
import {
  identifyManagementKey,
  requireManagementScope,
  requireNamedUser,
  USER_HEADER,
} from "./management/identify-management-key.ts";
import { replayIdempotent } from "./replay-idempotent.ts";
import { verifyAccessToken } from "./sessions/access-token.ts";
import { readCountry } from "./sessions/device.ts";
import { identifyByCookie } from "./sessions/page-session.ts";
import { recordSeenSoon } from "./sessions/record-seen.ts";
import { findLiveSession } from "./sessions/sessions.ts";

const MISSING_CREDENTIAL = fail(
  "invalid_token",
  "You didn't provide an API key or access token. Send it in the header Authorization: " +
    "Bearer …",
);
const UNREADABLE_CREDENTIAL = fail(
  "invalid_token",
  "Authorization: this is too long to be an access token or API key.",
);
const INVALID_API_KEY = fail(
  "invalid_api_key",
  "This API key isn't valid. Check for typos, or create a new key if it was revoked.",
);
/** The refusal of a session that has ended. */
export const SESSION_ENDED = fail("invalid_token", "This session has ended. Sign in again.");
const SESSION_ONLY = fail(
  "missing_scope",
  "API keys can't do this. Sign in and use an access token.",
);
const NO_ONE_ELSE = fail(
  "invalid_request",
  `${USER_HEADER}: is only for management keys. With an API key or an access token, leave it ` +
    "out: the request is paid by the user of that credential.",
  { param: USER_HEADER },
);
const MANAGEMENT_ONLY = fail(
  "missing_scope",
  "Only management keys can do this. Create one on /admin/keys.",
);
const ADMIN_ONLY = fail("admin_only", "Only admins can do this.");
const SECOND_FACTOR_REQUIRED = fail(
  "second_factor_required",
  "Admins must sign in with a second factor. Set one up on your account page.",
);

/** The longest header with a credential that is read. Ours have less than 1 KiB. */
const AUTHORIZATION_LENGTH_MAX = 4096;

/** Reads the credential of `Authorization: Bearer …`. The scheme is in any case (RFC 6750). */
const parseBearer = (header: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];

/**
 * The part of a request that identifies its caller. `get` and not `var`, which copies all variables
 * at each access.
 */
type RequestContext = Pick<Context<BaseEnv>, "req" | "get" | "executionCtx">;
type RequestSettings = BaseEnv["Variables"]["ctx"];

/**
 * Reads the credential of a request: `Authorization`, or a key under the names that clients of
 * Anthropic and Azure give it.
 */
function readCredential({ req }: RequestContext): string | undefined {
  const key = req.header("authorization") ?? req.header("x-api-key") ?? req.header("api-key");
  return key === undefined || req.header("authorization") !== undefined ? key : `Bearer ${key}`;
}

/** Returns the country in which a key is used, as far as Cloudflare tells it. */
function placeOf({ req }: RequestContext): { readonly country?: string } {
  const country = readCountry(req.raw);
  return country === undefined ? {} : { country };
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
  if (credential.startsWith(MANAGEMENT_KEY_PREFIX))
    return await identifyManagementKey(c, credential);
  if (c.req.header(USER_HEADER) !== undefined) return NO_ONE_ELSE;
  const { config, nowMs } = c.get("ctx");
  // A JWT has two dots. Anything else was meant as a key: OpenAI's clients send any text they were
  // given.
  if (credential.startsWith(API_KEY_PREFIX) || !credential.includes(".")) {
    const key = await parseKey(config, credential, nowMs);
    return key === undefined
      ? INVALID_API_KEY
      : ok({
          userId: key.userId,
          role: "user",
          via: { kind: "key", hash: key.hash, ...placeOf(c) },
        });
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

/** Requires a management key. Anyone else gets `missing_scope`. */
const requireManagementCaller = ({ via, ...rest }: Caller): Result<ManagementCaller> =>
  via.kind === "management" ? ok({ ...rest, via }) : MANAGEMENT_ONLY;

/** A caller whose credential is live. */
interface LiveCaller<C extends Caller> {
  /** With the role that the user has now and may act in. */
  readonly caller: C;
  /** Whether the operator suspended the user. */
  readonly isSuspended: boolean;
  /** Whether the user is an admin who has to show a second factor before acting as one. */
  readonly needsSecondFactor: boolean;
}

/**
 * Asks D1 whether a session is live, and for what its user is now. A suspended admin keeps the
 * role, and has none of its rights.
 */
async function confirmSession(
  c: RequestContext,
  caller: SessionCaller,
): Promise<Result<LiveCaller<SessionCaller>>> {
  const { db, nowMs, config } = c.get("ctx");
  const session = await findLiveSession(db, caller.via.sessionId, caller.userId, nowMs);
  if (session === undefined) return SESSION_ENDED;
  const { sessionId: id } = caller.via;
  recordSeenSoon({ db, nowMs }, { id, lastSeenAt: session.lastSeenAt }, c);
  const { isSuspended, twoFactorAt } = session;
  const isAdmin = session.role === "admin";
  const needsSecondFactor = isAdmin && config.ADMIN_MFA && twoFactorAt === null;
  const role = needsSecondFactor || isSuspended ? "user" : session.role;
  return ok({ caller: { ...caller, role }, isSuspended, needsSecondFactor });
}

/** Asks the account object whether a key is live and has the scope, and about its user. */
async function confirmKey(
  c: RequestContext,
  caller: Caller,
  hash: string,
  scope: Scope,
): Promise<Result<LiveCaller<Caller>>> {
  const account = creditAccount(c.get("ctx").env, caller.userId);
  const verified = await orUnavailable(
    account.verifyKey({ hash, scope, country: readCountry(c.req.raw) }),
  );
  if (!verified.ok) return verified;
  return ok({ caller, isSuspended: verified.value.isSuspended, needsSecondFactor: false });
}

/**
 * Asks the account object about the user on whose behalf a management key asks, who is created on
 * first use.
 */
async function confirmNamedUser(
  c: RequestContext,
  caller: ManagementCaller,
): Promise<Result<LiveCaller<ManagementCaller>>> {
  const named = requireNamedUser(c, caller);
  if (!named.ok) return named;
  const standing = await orUnavailable(creditAccount(c.get("ctx").env, caller.userId).standing());
  if (standing.ok)
    return ok({ caller, isSuspended: standing.value.isSuspended, needsSecondFactor: false });
  const opened = await openNamedUser(c.get("ctx"), caller);
  if (!opened.ok) return opened;
  const { caller: user, isSuspended } = opened.value;
  return ok({ caller: user, isSuspended, needsSecondFactor: false });
}

/**
 * Returns the caller with the user whom a management key names, who is created on first use. For
 * whoever finds that the account of `caller.userId` is not open.
 */
export async function openNamedUser(
  ctx: RequestSettings,
  caller: ManagementCaller,
): Promise<Result<{ caller: ManagementCaller; isSuspended: boolean }>> {
  const { externalId, keyId } = caller.via;
  if (externalId === null) throw new Error("A management key that names no user has no account.");
  const actor = { kind: "management_key", id: keyId } as const;
  const provisioned = await provisionExternalUser({ ...ctx, actor }, externalId);
  if (!provisioned.ok) return provisioned;
  const { id: userId, suspendedAt } = provisioned.value.user;
  return ok({ caller: { ...caller, userId }, isSuspended: suspendedAt !== null });
}

/** Lets a suspended caller no further than the route's rule says: `account_suspended`. */
function admit<C extends Caller>(
  { req }: RequestContext,
  live: Result<LiveCaller<C>>,
  rule: SuspensionRule,
): Result<C> {
  if (!live.ok) return live;
  const { caller, isSuspended } = live.value;
  return isSuspended && !isOpenWhileSuspended(rule, req.method)
    ? { ok: false, failure: ACCOUNT_SUSPENDED }
    : ok(caller);
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
      const actor: Actor =
        via.kind === "management"
          ? { kind: "management_key", id: via.keyId }
          : { kind: role, id: userId };
      c.set("caller", result.value);
      c.set("ctx", { ...c.get("ctx"), actor, ...key });
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
  createGuard<Caller>((c, { via, ...rest }) => {
    if (via.kind !== "management") return ok({ ...rest, via });
    const named = requireNamedUser(c, { ...rest, via });
    return named.ok ? ok({ ...rest, via }) : named;
  }, passThrough),
  { kind: "caller", who: "anyone", scope: null, whileSuspended: "all" },
);

/** The settings of a guard that differ for few routes. */
interface GuardOptions {
  readonly whileSuspended?: SuspensionRule;
  readonly proceed?: typeof replayIdempotent;
}

/**
 * Identifies the caller, and confirms by one query or call that the credential is live: a session's
 * row, or a key's state and scope. A suspended caller reads and deletes, and gets 403
 * `account_suspended` for the rest.
 * @param options `whileSuspended`: `all` for what they may do on their way out
 */
export const requireCaller = (
  scope: Scope,
  { whileSuspended = "leaving", proceed = replayIdempotent }: GuardOptions = {},
) =>
  withMetadata(
    createGuard<Caller>(async (c, caller) => {
      if (caller.via.kind === "key")
        return admit(c, await confirmKey(c, caller, caller.via.hash, scope), whileSuspended);
      const management = requireManagementCaller(caller);
      if (management.ok)
        return admit(c, await confirmNamedUser(c, management.value), whileSuspended);
      const session = requireSessionCaller(caller);
      return session.ok
        ? admit(c, await confirmSession(c, session.value), whileSuspended)
        : session;
    }, proceed),
    { kind: "caller", who: "anyone", scope, whileSuspended },
  );

/**
 * The same, for routes whose answers may be streams and that handle `Idempotency-Key` themselves.
 */
export const requireChatCaller = requireCaller("chat", { proceed: passThrough });

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
    // Whatever the key is for. A management key in a browser is no key.
    if (result.ok || (caller.ok && result.failure.code === "missing_scope")) return await next();
    return refuseCaller(c, result.failure);
  }),
  {
    kind: "failures",
    failures: [
      "invalid_token",
      "token_expired",
      "invalid_api_key",
      "missing_scope",
      "billing_unavailable",
    ],
  },
);

const requireSessionWhile = (whileSuspended: SuspensionRule) =>
  withMetadata(
    createGuard(async (c, caller) => {
      const session = requireSessionCaller(caller);
      return session.ok
        ? admit(c, await confirmSession(c, session.value), whileSuspended)
        : session;
    }),
    { kind: "caller", who: "session", scope: null, whileSuspended },
  );

/**
 * Requires a live session. A key gets 403 `missing_scope`; a suspended user reads and deletes, as
 * by `requireCaller`.
 */
export const requireSession = requireSessionWhile("leaving");

/** The same, for what a suspended user may do as well. */
export const requireSessionEvenSuspended = requireSessionWhile("all");

/** Requires a live session of an admin, as `requireAdmin` says. */
async function confirmAdmin(c: RequestContext, caller: Caller): Promise<Result<SessionCaller>> {
  const session = requireSessionCaller(caller);
  if (!session.ok) return ADMIN_ONLY;
  const live = await confirmSession(c, session.value);
  const admitted = admit(c, live, "none");
  if (!admitted.ok) return admitted;
  if (live.ok && live.value.needsSecondFactor) return SECOND_FACTOR_REQUIRED;
  return admitted.value.role === "admin" ? admitted : ADMIN_ONLY;
}

/**
 * Requires a live session whose user is an admin now, whatever the token says, and which began with
 * a second factor where ADMIN_MFA is on. Anyone else gets 403 `admin_only`, such an admin
 * `second_factor_required`, and a suspended user `account_suspended`.
 *
 * A management key passes where one of its scopes opens the route, and gets `admin_only` where none
 * would.
 * @param scopesOf returns the scopes by any of which a management key passes; none: none does
 */
export const requireAdminOr = (
  scopesOf: (method: string, path: string) => readonly ManagementScope[],
) =>
  withMetadata(
    createGuard<Caller>(async (c, caller) => {
      const key = requireManagementCaller(caller);
      if (!key.ok) return await confirmAdmin(c, caller);
      const scopes = scopesOf(c.req.method, c.req.path);
      if (scopes.length === 0) return ADMIN_ONLY;
      const allowed = requireManagementScope(key.value, scopes);
      return allowed.ok ? key : allowed;
    }),
    {
      kind: "caller",
      who: "admin",
      scope: null,
      whileSuspended: "none",
      managementScopesOf: scopesOf,
    },
  );

/**
 * Requires a management key with the scope. Anyone else gets `missing_scope`, an admin too: what it
 * guards acts as a user.
 */
export const requireManagementKey = (scope: ManagementScope) =>
  withMetadata(
    createGuard<ManagementCaller>((_c, caller) => {
      const key = requireManagementCaller(caller);
      if (!key.ok) return key;
      const allowed = requireManagementScope(key.value, [scope]);
      return allowed.ok ? key : allowed;
    }),
    { kind: "caller", who: "management", scope, whileSuspended: "none" },
  );
