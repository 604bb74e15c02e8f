import { createMiddleware } from "hono/factory";
import type { BaseEnv } from "./factory.ts";

/**
 * Nothing on the way, and no browser that somebody else uses later, keeps an answer that is its
 * caller's own, unless the answer says otherwise. RFC 9111 §3.5 keeps caches from what was asked
 * with `Authorization`, but not from what was asked with a cookie.
 */
export const noStoreByDefault = createMiddleware<BaseEnv>(async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
});

/**
 * The same for the hot path, whose replies set their own headers at once: only refusals are left.
 */
export const noStoreRefusals = createMiddleware<BaseEnv>(async (c, next) => {
  await next();
  if (c.res.ok) return;
  c.header("cache-control", "no-store");
  c.header("x-content-type-options", "nosniff");
});

/** The headers by which a request says who is asking. */
const CREDENTIALS = ["authorization", "x-api-key", "api-key", "cookie"] as const;

/**
 * An answer that is the same for everybody may be kept for a minute by whoever asked without a
 * credential. A change is seen that much later there.
 */
export const publicForAMinute = createMiddleware<BaseEnv>(async (c, next) => {
  await next();
  if (c.req.method !== "GET" || !c.res.ok) return;
  if (CREDENTIALS.some((name) => c.req.header(name) !== undefined)) return;
  c.header("cache-control", "public, max-age=60");
  c.header("vary", ["origin", ...CREDENTIALS].join(", "));
});
