import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { CheckedCatalog } from "../src/catalog/catalog-data.ts";
import { catalogUpserts } from "../src/catalog/upserts.ts";

/** The statements that load a catalog, as the Worker would run them, written out: each value quoted by drizzle. */
export function catalogSql(catalog: CheckedCatalog, nowMs: number): string[] {
  const db = drizzle(() => Promise.reject(new Error("Statements are written out here, not run.")));
  const dialect = new SQLiteSyncDialect();
  return catalogUpserts(db, catalog, nowMs).map((one) => dialect.sqlToQuery(one.getSQL().inlineParams()).sql);
}
