import type { Context } from "hono";

/**
 * Has the browser of somebody who leaves forget what it keeps of the site: answers, and drafts of
 * messages (https://www.w3.org/TR/clear-site-data/). Not cookies: their language stays, and the
 * session's cookie is cleared by itself. Pages of another origin keep nothing here, and their
 * browser logs an error where they call without credentials.
 */
export function clearSiteData(c: Context): void {
  const site = c.req.header("sec-fetch-site");
  if (site === undefined || site === "same-origin")
    c.header("clear-site-data", '"cache", "storage"');
}
