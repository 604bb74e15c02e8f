import type { PageContext } from "./context.ts";

/**
 * Redirects to the parent path. The path that a form posts to has no page of its own, but a reader
 * may open it, or change the language on the page of a refusal.
 */
export const redirectToParent = (c: PageContext) =>
  c.redirect(new URL(c.req.url).pathname.replace(/\/[^/]*$/, ""), 303);

/** Redirects to the page that a form without one of its own is on, for the same reasons. */
export const redirectTo = (path: string) => (c: PageContext) => c.redirect(path, 303);
