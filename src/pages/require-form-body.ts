import type { Next } from "hono";
import type { PageContext } from "./context.ts";
import { renderProblem } from "./problem-page.tsx";

/** What browsers send our forms as, which have no files. */
const FORM_CONTENT_TYPE = /^application\/x-www-form-urlencoded\b/i;

/**
 * Refuses a body that is no form of ours: what cannot be read as one, and what Hono's `csrf` does
 * not look at.
 */
export async function requireFormBody(c: PageContext, next: Next) {
  const type = c.req.header("content-type");
  if (c.req.method === "POST" && type !== undefined && !FORM_CONTENT_TYPE.test(type))
    return await renderProblem(c, 415, c.var.words.errors.title);
  return await next();
}
