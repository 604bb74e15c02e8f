import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { findTargetHandler } from "hono/utils/handler";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { BaseEnv } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { metadataOf, withMetadata } from "../http/route-metadata.ts";
import type { Caller } from "./caller.ts";
import { identifyOnce } from "./guard.ts";
import { networkOf } from "./sessions/sign-in-rate-limit.ts";

/** The period of the bindings in wrangler.toml, which have the numbers. */
const PERIOD_SECONDS = 60;

/** Bindings that count requests. Approximate and per location: brakes, and never for money. */
type RateLimits = Pick<
  Env,
  "WRITE_RATE_LIMIT" | "READ_RATE_LIMIT" | "ANONYMOUS_RATE_LIMIT" | "MANAGEMENT_RATE_LIMIT"
>;

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

async function admit(limiter: RateLimit, key: string, what: string): Promise<Result<true>> {
  const { success } = await limiter.limit({ key });
  return success
    ? ok(true)
    : fail(
        "rate_limit_exceeded",
        `Too many ${what} in one minute. Wait a minute, then try again.`,
        {
          retryAfterSeconds: PERIOD_SECONDS,
        },
      );
}

/**
 * Counts a request of nobody who is known, for its network. Cloudflare sets the header that names
 * it; without it (in tests) nothing is counted.
 * @returns `rate_limit_exceeded` past ANONYMOUS_RATE_LIMIT
 */
export async function admitAnonymous(env: RateLimits, headers: Headers): Promise<Result<true>> {
  const network = networkOf(headers);
  return network === null
    ? ok(true)
    : await admit(env.ANONYMOUS_RATE_LIMIT, network, "requests from this network");
}

const admitCaller = (
  env: RateLimits,
  { userId, via }: Caller,
  method: string,
): Promise<Result<true>> => {
  if (via.kind === "management")
    return admit(env.MANAGEMENT_RATE_LIMIT, via.keyId, "requests of this management key");
  return SAFE_METHODS.has(method)
    ? admit(env.READ_RATE_LIMIT, userId, "requests")
    : admit(env.WRITE_RATE_LIMIT, userId, "changes");
};

/** Whether a request leads to a chat, which the account object counts by the user's plan. */
const isChat = (c: Context): boolean =>
  matchedRoutes(c).some(({ handler }) => {
    const metadata = metadataOf(findTargetHandler(handler));
    return metadata?.kind === "caller" && metadata.scope === "chat";
  });

/**
 * Limits how often anybody may ask for anything: a user's writes and reads, all that comes by a
 * management key, and all that comes without a good credential from one network. It runs before
 * the guards, so that whatever they ask D1 or an account object is limited too. Admins are trusted:
 * their scripts grant credits to hundreds of users.
 */
export const limitRequests = withMetadata(
  createMiddleware<BaseEnv>(async (c, next) => {
    const { env } = c.get("ctx");
    const caller = await identifyOnce(c);
    if (caller.ok && (caller.value.role === "admin" || isChat(c))) return await next();
    const admitted = caller.ok
      ? await admitCaller(env, caller.value, c.req.method)
      : await admitAnonymous(env, c.req.raw.headers);
    return admitted.ok ? await next() : refuse(c, admitted.failure);
  }),
  { kind: "failures", failures: ["rate_limit_exceeded"] },
);
