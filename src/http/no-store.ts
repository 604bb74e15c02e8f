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
