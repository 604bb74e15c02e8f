import type { Next } from "hono";
import type { PageContext } from "./context.ts";
import { renderProblem } from "./problem-page.tsx";

/** The content type of our forms, which have no files. */
const FORM_CONTENT_TYPE = /^application\/x-www-form-urlencoded\b/i;

/**
 * Refuses a body of another type than our forms have. Such a body cannot be read as a form, and
 * Hono's `csrf` does not check it.
 */
export async function requireFormBody(c: PageContext, next: Next) {
  const type = c.req.header("content-type");
  if (c.req.method === "POST" && type !== undefined && !FORM_CONTENT_TYPE.test(type))
    return await renderProblem(c, 415, c.var.words.errors.title);
  return await next();
}
