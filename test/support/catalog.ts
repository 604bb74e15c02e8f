import { env } from "cloudflare:workers";
import { catalog } from "../../dev/catalogs/default.ts";
import { findPlan, loadCatalog, type PricedPlan } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";

/** Loads the default catalog. Call it in `beforeAll`; a second time changes nothing. */
export const loadDefaultCatalog = (): Promise<void> =>
  loadCatalog(database(env.DB), catalog, Date.now());

/**
 * Finds a plan by its slug.
 * @throws if there is none
 */
export async function requirePlan(slug: string): Promise<PricedPlan> {
  const plan = await findPlan(database(env.DB), slug);
  if (plan === undefined) throw new Error(`no plan ${slug}`);
  return plan;
}
