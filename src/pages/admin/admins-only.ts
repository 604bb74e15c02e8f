import type { Next } from "hono";
import type { PageContext } from "../context.ts";
import { problemPage } from "../problem.tsx";

/**
 * For who is no admin, signed in or not, these pages are not there. The wire asks again for all
 * that they do.
 */
export const adminsOnly = async (c: PageContext, next: Next) =>
  c.var.viewer?.role === "admin"
    ? await next()
    : await problemPage(c, 404, c.var.words.errors.notFound);
