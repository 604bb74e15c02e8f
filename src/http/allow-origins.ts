import type { Context } from "hono";
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { BaseEnv } from "./factory.ts";

/** Whether an origin is Farebox's own, or another one of the operator's. */
const isOperatorsOrigin = (
  origin: string,
  { PUBLIC_URL, ALLOWED_ORIGINS }: BaseEnv["Variables"]["ctx"]["config"],
): boolean => origin === PUBLIC_URL || ALLOWED_ORIGINS.includes(origin);

const COMMON = {
  maxAge: 600,
  exposeHeaders: [
    "x-request-id",
    "retry-after",
    "idempotent-replayed",
    "x-farebox-cost",
    "x-farebox-balance",
    "x-farebox-generation-id",
    "x-farebox-conversation",
    "x-farebox-max-tokens",
    "x-farebox-upstream",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
  ],
};

const operatorsCors = cors({
  ...COMMON,
  origin: (origin, c: Context<BaseEnv>) =>
    isOperatorsOrigin(origin, c.get("ctx").config) ? origin : null,
  credentials: true,
});
/** Without credentials: a browser sends no cookie, and shows no answer to one. */
const anybodysCors = cors({ ...COMMON, origin: "*" });

/** Whether a request carries a management key, under any name that credentials are taken by. */
const hasManagementKey = ({ req }: Context<BaseEnv>): boolean =>
  ["authorization", "x-api-key", "api-key"].some((name) =>
    /^(bearer +)?fbm_/i.test(req.header(name) ?? ""),
  );

const isAnybodys = (c: Context<BaseEnv>, origin: string): boolean =>
  /^\/v1(\/|$)/.test(c.req.path) && !isOperatorsOrigin(origin, c.get("ctx").config);

/**
 * The operator's own sites may call from a browser, with cookies, and read what every reply says of
 * itself. Any other site may call `/v1` by a key of its visitor's, as OpenAI's API may be called.
 * They may send whatever header they ask for: clients such as the `openai` package tell of
 * themselves in headers of their own. What does not come from a browser's page names no origin, and
 * is not kept waiting for this. An answer to a management key is no page's, whichever it is.
 */
export const allowOrigins = createMiddleware<BaseEnv>((c, next) => {
  const origin = c.req.header("origin");
  if (origin === undefined || hasManagementKey(c)) return next();
  return isAnybodys(c, origin) ? anybodysCors(c, next) : operatorsCors(c, next);
});
