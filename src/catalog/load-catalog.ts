import type { Database } from "../db.ts";
import { type CatalogData, catalogData } from "./catalog-data.ts";
import { clearModelCache } from "./model-cache.ts";
import { upsertCatalog } from "./upserts.ts";

/**
 * Loads a whole catalog, at once or not at all. Loading it again changes nothing but `updatedAt`:
 * ids and Stripe ids are kept, and a plan's version rises only when what it entitles to changed.
 * @throws {z.ZodError} when the data is not a catalog: it is written by a developer, and a mistake
 *   in it is a bug
 */
export async function loadCatalog(db: Database, data: CatalogData, nowMs: number): Promise<void> {
  const [first, ...rest] = upsertCatalog(db, catalogData.parse(data), nowMs);
  if (first === undefined) return;
  await db.batch([first, ...rest]);
  clearModelCache();
}
