import { createMiddleware } from "hono/factory";
import type { BaseEnv } from "./factory.ts";
import { isPathWithoutBase, isWirePath } from "./not-found.ts";
import { refuse } from "./respond.ts";

/** Whether a request is for a page, and changes nothing: it may be made again elsewhere. */
const isPageView = (method: string, path: string): boolean =>
  (method === "GET" || method === "HEAD") && !isWirePath(path) && !isPathWithoutBase(path);

/**
 * Where PUBLIC_URL is https, answers nothing over http, where everybody could read a credential. A
 * page is redirected to PUBLIC_URL, also one that was asked for at another host, by which its links
 * and its session would be another site's. Everything else over http is refused. On a developer's
 * machine PUBLIC_URL is http, and nothing of this holds.
 */
export const requireHttps = createMiddleware<BaseEnv>(async (c, next) => {
  const { PUBLIC_URL } = c.get("ctx").config;
  const { url } = c.req;
  if (url.startsWith(`${PUBLIC_URL}/`) || !PUBLIC_URL.startsWith("https:")) return await next();
  if (isPageView(c.req.method, c.req.path)) {
    const { pathname, search } = new URL(url);
    return c.redirect(PUBLIC_URL + pathname + search, 308);
  }
  if (url.startsWith("https:")) return await next();
  return refuse(c, {
    code: "invalid_request",
    message: `Use https: send this request to ${PUBLIC_URL}.`,
    param: "url",
  });
});
