import type { PageContext } from "./context.ts";

/**
 * Where a form was sent to there is nothing to see: whoever opens it, or changes the language
 * there, goes a step up.
 */
export const redirectToParent = (c: PageContext) =>
  c.redirect(new URL(c.req.url).pathname.replace(/\/[^/]*$/, ""), 303);
