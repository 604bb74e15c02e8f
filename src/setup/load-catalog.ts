import { auditStatement } from "../audit/index.ts";
import { type CheckedCatalog, hasFreePlan, loadWholeCatalog } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";

/**
 * Loads a catalog, all or nothing, with its entry in the audit log.
 * @param only whether plans and models that it does not name are taken off sale
 * @returns `conflict` where nobody could sign up afterwards
 */
export async function loadCatalogByAdmin(
  ctx: Context,
  catalog: CheckedCatalog,
  only: boolean,
): Promise<Result<{ plans: number; models: number }>> {
  const { db, actor, nowMs } = ctx;
  if (!hasFreePlan(catalog) && only)
    return fail("conflict", "catalog.plans: new users need a plan of kind free that is active.", {
      param: "catalog.plans",
    });
  const counts = { plans: catalog.plans.length, models: catalog.models.length };
  const entry = {
    actor,
    action: "catalog.loaded",
    subjectId: "catalog",
    after: { ...counts, only, slugs: catalog.plans.map(({ slug }) => slug) },
  };
  await loadWholeCatalog(db, catalog, nowMs, { only, also: [auditStatement(db, entry, nowMs)] });
  return ok(counts);
}
