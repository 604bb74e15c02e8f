import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { CheckedCatalog } from "../src/catalog/catalog-data.ts";
import { retireUnlisted, upsertCatalog } from "../src/catalog/upsert-catalog.ts";

/**
 * Returns the SQL statements that load a catalog, as the Worker would run them. Values are quoted
 * by drizzle.
 * @param only whether plans and models that the catalog does not name are taken off sale
 */
export function catalogSql(catalog: CheckedCatalog, nowMs: number, only = false): string[] {
  const db = drizzle(() => Promise.reject(new Error("Statements are written out here, not run.")));
  const dialect = new SQLiteSyncDialect();
  const statements = [
    ...upsertCatalog(db, catalog, nowMs),
    ...(only ? retireUnlisted(db, catalog, nowMs) : []),
  ];
  return statements.map((one) => dialect.sqlToQuery(one.getSQL().inlineParams()).sql);
}
