import type { Next } from "hono";
import type { PageContext } from "./context.ts";
import { problemPage } from "./problem.tsx";

/** What browsers send our forms as, which have no files. */
const FORM = /^application\/x-www-form-urlencoded\b/i;

/**
 * Refuses a body that is no form of ours: what cannot be read as one, and what Hono's `csrf` does
 * not look at.
 */
export async function formsOnly(c: PageContext, next: Next) {
  const type = c.req.header("content-type");
  if (c.req.method === "POST" && type !== undefined && !FORM.test(type))
    return await problemPage(c, 415, c.var.words.errors.title);
  return await next();
}
