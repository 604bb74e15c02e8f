import { batchAll, type Database } from "../db.ts";
import { type CatalogData, catalogData } from "./catalog-data.ts";
import { clearModelCache } from "./model-cache.ts";
import { upsertCatalog } from "./upsert-catalog.ts";

/**
 * Loads a whole catalog, all or nothing. Loading it again changes nothing but `updatedAt`: ids and
 * Stripe ids are kept, and a plan's version rises only when its entitlement changed.
 * @throws {z.ZodError} when the data is not a catalog. A developer writes it, so that is a bug.
 */
export async function loadCatalog(db: Database, data: CatalogData, nowMs: number): Promise<void> {
  await batchAll(db, upsertCatalog(db, catalogData.parse(data), nowMs));
  clearModelCache();
}
