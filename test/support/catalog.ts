import { env } from "cloudflare:workers";
import { catalog } from "../../dev/catalogs/default.ts";
import { findPlan, loadCatalog, type PricedPlan } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";

/** The default catalog, with as many agents in the Free plan as any test makes. */
const CATALOG = {
  ...catalog,
  plans: catalog.plans.map((plan) =>
    plan.slug === "free"
      ? { ...plan, allowances: { ...plan.allowances, agent: { limit: 25, period: "at_once" } } }
      : plan,
  ),
} as const satisfies typeof catalog;

/** Loads that catalog. Call it in `beforeAll`; a second time changes nothing. */
export const loadDefaultCatalog = (): Promise<void> =>
  loadCatalog(database(env.DB), CATALOG, Date.now());

/**
 * Finds a plan by its slug.
 * @throws if there is none
 */
export async function requirePlan(slug: string): Promise<PricedPlan> {
  const plan = await findPlan(database(env.DB), slug);
  if (plan === undefined) throw new Error(`no plan ${slug}`);
  return plan;
}
