import type { Context } from "hono";

/**
 * Has the browser of somebody who leaves forget what it keeps of the site: answers, and drafts of
 * messages (https://www.w3.org/TR/clear-site-data/). Not cookies: their language stays, and the
 * session's cookie is cleared by itself.
 */
export const clearSiteData = (c: Context): void =>
  c.header("clear-site-data", '"cache", "storage"');
