import type { Context } from "hono";
import { sha256Hex } from "../../digest.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { BaseEnv } from "../../http/factory.ts";
import { SECOND_MS } from "../../time.ts";
import type { ManagementCaller, ManagementScope } from "../caller.ts";
import { readExternalId } from "../external/external-id.ts";
import { guessUserId } from "../external/external-user-id.ts";
import { isOwnManagementKey } from "../keys/key-format.ts";
import type { ManagementKey } from "../tables.ts";
import { knownKeysOf } from "./known-keys.ts";
import { findLiveManagementKey, recordManagementKeyUse } from "./management-keys.ts";

/** Farebox's own header for the user on whose behalf a management key asks. */
export const USER_HEADER = "x-farebox-user";

/**
 * The time for which an isolate knows a key without asking D1, on `/v1` alone: a key that was
 * revoked goes on chatting for no longer.
 */
const KNOWN_FOR_MS = 10 * SECOND_MS;

const INVALID_MANAGEMENT_KEY = fail(
  "invalid_api_key",
  "This management key isn't valid. Check for typos, or create a new key if it was revoked.",
);
const IN_BROWSER = fail(
  "missing_scope",
  "Management keys don't work in browsers: a request with an Origin header is refused. Call from " +
    "your server, and give browsers a session token of POST /api/sessions.",
);
const NOT_FOR_MANAGEMENT = fail(
  "missing_scope",
  "Management keys can't do this. Use a session token of POST /api/sessions.",
);
const TWO_USERS = fail(
  "invalid_request",
  "Two headers name different users. Send only one of them.",
  { param: USER_HEADER },
);

type RequestContext = Pick<Context<BaseEnv>, "req" | "get" | "executionCtx">;

async function findKey(c: RequestContext, text: string): Promise<ManagementKey | undefined> {
  const { config, db, nowMs } = c.get("ctx");
  const cache = knownKeysOf(config);
  const known = isV1(c) ? cache.get(text, nowMs) : undefined;
  if (known !== undefined) return known;
  if (!(await isOwnManagementKey(config, text))) return undefined;
  const key = await findLiveManagementKey(db, await sha256Hex(text), nowMs);
  if (key === undefined) return undefined;
  const knownUntilMs = Math.min(nowMs + KNOWN_FOR_MS, key.expiresAt ?? Number.POSITIVE_INFINITY);
  cache.set(text, key, knownUntilMs, nowMs);
  c.executionCtx.waitUntil(recordManagementKeyUse({ db, nowMs }, key));
  return key;
}

const isV1 = ({ req }: RequestContext): boolean => req.path.startsWith("/v1/");

/** Reads the user whom a request names, in one of the headers of EXTERNAL_USER_HEADERS. */
function readUser({ req, get }: RequestContext): Result<string | null> {
  const { EXTERNAL_USER_HEADERS } = get("ctx").config;
  const named = EXTERNAL_USER_HEADERS.flatMap((name) => {
    const value = req.header(name);
    return value === undefined ? [] : [{ name, value }];
  });
  const [first, ...others] = named;
  if (first === undefined) return ok(null);
  return others.some(({ value }) => value !== first.value)
    ? TWO_USERS
    : readExternalId(first.name, first.value);
}

const lacks = (scopes: readonly ManagementScope[]) => {
  const names = scopes.map((scope) => `"${scope}"`).join(" or ");
  return fail("missing_scope", `This management key lacks the scope ${names}.`, {
    param: scopes[0],
  });
};

/**
 * Identifies the caller by a management key: the key itself, or on `/v1` the user whom it names. On
 * `/v1` it takes no query while the isolate knows the key.
 */
export async function identifyManagementKey(
  c: RequestContext,
  text: string,
): Promise<Result<ManagementCaller>> {
  if (c.req.header("origin") !== undefined) return IN_BROWSER;
  const key = await findKey(c, text);
  if (key === undefined) return INVALID_MANAGEMENT_KEY;
  const { id: keyId, scopes } = key;
  const own = { kind: "management", keyId, scopes, externalId: null } as const;
  if (!isV1(c)) return ok({ userId: keyId, role: "user", via: own });
  const named = readUser(c);
  if (!named.ok) return named;
  const externalId = named.value;
  if (externalId === null) return ok({ userId: keyId, role: "user", via: own });
  if (!scopes.includes("sessions")) return lacks(["sessions"]);
  const { config, nowMs } = c.get("ctx");
  const userId = await guessUserId(config, externalId, nowMs);
  return ok({ userId, role: "user", via: { ...own, externalId } });
}

/**
 * Refuses a management key that names no user, where only a user may ask: it pays for nothing by
 * itself.
 */
export function requireNamedUser(
  { req }: Pick<Context, "req">,
  { via }: ManagementCaller,
): Result<true> {
  if (via.externalId !== null) return ok(true);
  if (!req.path.startsWith("/v1/")) return NOT_FOR_MANAGEMENT;
  if (!via.scopes.includes("sessions")) return lacks(["sessions"]);
  return fail(
    "invalid_request",
    `${USER_HEADER}: is required with a management key: it names the user to charge.`,
    { param: USER_HEADER },
  );
}

/** Requires one of some scopes of a management key. */
export const requireManagementScope = (
  { via }: ManagementCaller,
  scopes: readonly ManagementScope[],
): Result<true> => (scopes.some((scope) => via.scopes.includes(scope)) ? ok(true) : lacks(scopes));
