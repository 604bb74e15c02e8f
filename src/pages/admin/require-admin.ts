import type { Next } from "hono";
import { isActiveAdmin, type PageContext } from "../context.ts";
import { renderProblem } from "../problem-page.tsx";

/**
 * Answers 404 to everybody but admins, so that the pages do not show that they exist. The wire
 * checks the role again for every request.
 */
export const requireAdmin = async (c: PageContext, next: Next) =>
  isActiveAdmin(c.var.viewer)
    ? await next()
    : await renderProblem(c, 404, c.var.words.errors.notFound);
