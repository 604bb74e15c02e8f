import type { Next } from "hono";
import type { SetupProblem } from "../errors.ts";
import { newProblem } from "../setup-problems.ts";
import { unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { setupProblemsPage } from "./setup-problems.tsx";

const EMPTY_CATALOG: SetupProblem = newProblem("catalog", "missing", "has no free plan");

/** The databases that had a free plan: it is looked for once in each Worker that runs. */
const stocked = new WeakSet<D1Database>();

/**
 * Middleware that shows how to load a catalog, where there is none: nobody can sign up before. Not
 * for a reader who has signed in.
 */
export async function requireCatalog(c: PageContext, next: Next) {
  const { DB } = c.env;
  if (stocked.has(DB) || c.var.viewer !== null) return await next();
  const { data } = await unwrap(c.var.api.api.plans.active.$get({ query: { limit: "100" } }));
  if (!data.some(({ kind }) => kind === "free")) return setupProblemsPage(c, [EMPTY_CATALOG]);
  stocked.add(DB);
  return await next();
}
