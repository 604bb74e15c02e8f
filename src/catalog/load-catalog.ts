import type { BatchItem } from "drizzle-orm/batch";
import { batchAll, type Database } from "../db.ts";
import { type CatalogData, type CheckedCatalog, catalogData } from "./catalog-data.ts";
import { clearModelCache } from "./model-cache.ts";
import { retireUnlisted, upsertCatalog } from "./upsert-catalog.ts";

/** How a catalog is loaded. */
interface LoadOptions {
  /** Whether plans and models that it does not name are taken off sale. */
  readonly only: boolean;
  /** More statements of the batch: the entry in the audit log. */
  readonly also: readonly BatchItem<"sqlite">[];
}

/**
 * Loads a catalog that was checked, all or nothing. Loading it again changes nothing but
 * `updatedAt`: ids and Stripe ids are kept, and a plan's version rises only when its entitlement
 * changed.
 */
export async function loadWholeCatalog(
  db: Database,
  catalog: CheckedCatalog,
  nowMs: number,
  { only, also }: LoadOptions = { only: false, also: [] },
): Promise<void> {
  await batchAll(db, [
    ...upsertCatalog(db, catalog, nowMs),
    ...(only ? retireUnlisted(db, catalog, nowMs) : []),
    ...also,
  ]);
  clearModelCache();
}

/**
 * Checks and loads a whole catalog.
 * @throws {z.ZodError} when the data is not a catalog. A developer writes it, so that is a bug.
 */
export const loadCatalog = async (db: Database, data: CatalogData, nowMs: number): Promise<void> =>
  await loadWholeCatalog(db, catalogData.parse(data), nowMs);

/** Whether a catalog has a plan on which new users begin. */
export const hasFreePlan = ({ plans }: CheckedCatalog): boolean =>
  plans.some(({ kind, isActive }) => kind === "free" && isActive);

/**
 * Makes sure that there is a free plan, for the operator who signs up before a catalog is loaded.
 * It includes nothing. The catalogs that come with Farebox have one of the same slug, which
 * replaces it.
 */
export const loadFirstFreePlan = (db: Database, nowMs: number): Promise<void> =>
  loadCatalog(
    db,
    { plans: [{ slug: "free", name: "Free", kind: "free", allowances: {} }], models: [] },
    nowMs,
  );
