import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { creditAccount, type Scope } from "../account/index.ts";
import { database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { refuse } from "../http/respond.ts";
import { verifyAccessToken } from "./access-token.ts";
import type { AuthEnv, Caller } from "./caller.ts";
import { KEY_MARK, readKey } from "./key-format.ts";
import { liveRole } from "./sessions.ts";

const MISSING = fail("invalid_token", "Say who is calling: Authorization: Bearer, then an access token or an sk_ key.");
const BAD_KEY = fail("invalid_api_key", "This API key is not valid: it is mistyped, revoked, or from another place.");
const ENDED = fail("invalid_token", "This session has ended. Sign in again.");
const SESSION_ONLY = fail("missing_scope", "An API key cannot do this, whatever its scopes: sign in and use the access token.");
const ADMIN_ONLY = fail("admin_only", "Only an admin may do this.");

/** The credential of `Authorization: Bearer …` (RFC 6750; the scheme's case does not matter). */
const bearer = (header: string | undefined): string | undefined => /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];

async function identifyCaller(c: Context<AuthEnv>): Promise<Result<Caller>> {
  const credential = bearer(c.req.header("authorization"));
  if (credential === undefined) return MISSING;
  // A JWT has two dots. Anything else was meant for a key: OpenAI's clients send whatever they were given as one.
  if (credential.startsWith(KEY_MARK) || !credential.includes(".")) {
    const key = await readKey(c.var.config, credential);
    return key === undefined ? BAD_KEY : ok({ userId: key.userId, role: "user", via: { kind: "key", hash: key.hash } });
  }
  const token = await verifyAccessToken(c.var.config, credential, Date.now());
  if (!token.ok) return token;
  const { userId, role, sessionId } = token.value;
  return ok({ userId, role, via: { kind: "session", sessionId } });
}

/** Asks whoever keeps the credential whether it is still in force: the account object for a key, D1 for a session. */
async function confirm(c: Context<AuthEnv>, caller: Caller, scope: Scope): Promise<Result<Caller>> {
  if (caller.via.kind === "session") {
    const role = await liveRole(database(c.env.DB), caller.via.sessionId, caller.userId, Date.now());
    return role === undefined ? ENDED : ok({ ...caller, role });
  }
  const reply = await creditAccount(c.env, caller.userId).verifyKey({ hash: caller.via.hash, scope });
  return reply.ok ? ok(caller) : reply;
}

const guard = (decide: (c: Context<AuthEnv>, caller: Caller) => Result<Caller> | Promise<Result<Caller>>) =>
  createMiddleware<AuthEnv>(async (c, next) => {
    const identified = await identifyCaller(c);
    const result = identified.ok ? await decide(c, identified.value) : identified;
    if (result.ok) {
      c.set("caller", result.value);
      return await next();
    }
    const response = refuse(c, result.failure);
    if (response.status === 401) response.headers.set("www-authenticate", 'Bearer realm="farebox"');
    return response;
  });

/**
 * Who is calling, by what the credential itself proves: no I/O. Sets `c.var.caller`; 401 otherwise.
 * A session that ended still passes until its access token expires (15 minutes at most), and a revoked key passes:
 * only for the chat's hot path, where the account object checks the key and whether the account still exists.
 */
export const identify = guard((_c, caller) => ok(caller));

/** `identify`, then one look-up that the credential is still in force: a key's state and scope, or a session's. */
export const requireCaller = (scope: Scope) => guard((c, caller) => confirm(c, caller, scope));

/** A signed-in session that has not ended. A key gets 403 `missing_scope`. */
export const requireSession = guard((c, caller) => (caller.via.kind === "key" ? SESSION_ONLY : confirm(c, caller, "write")));

/** A session whose user is an admin now, whatever the token says. Anyone else gets 403 `admin_only`. */
export const requireAdmin = guard(async (c, caller) => {
  if (caller.via.kind === "key") return ADMIN_ONLY;
  const live = await confirm(c, caller, "write");
  return live.ok && live.value.role !== "admin" ? ADMIN_ONLY : live;
});
