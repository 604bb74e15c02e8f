import type { Next } from "hono";
import type { PageContext } from "../context.ts";
import { renderProblem } from "../problem-page.tsx";

/**
 * For who is no admin, signed in or not, these pages are not there. The wire asks again for all
 * that they do.
 */
export const requireAdmin = async (c: PageContext, next: Next) =>
  c.var.viewer?.role === "admin"
    ? await next()
    : await renderProblem(c, 404, c.var.words.errors.notFound);
