import { type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { type Plan, plans } from "./tables.ts";

/** The columns of a plan's entitlement. An undefined one is not written. */
interface EntitlementColumns {
  readonly allowances?: Plan["allowances"] | undefined;
  readonly models?: Plan["models"] | undefined;
  readonly features?: Plan["features"] | undefined;
  readonly requestsPerMinute?: Plan["requestsPerMinute"] | undefined;
}

/**
 * Returns the SQL of a plan's version after these columns are written: one more if any of them
 * differs from the stored one.
 */
export function nextVersion(columns: EntitlementColumns): SQL {
  const differs: SQL[] = [];
  const compare = (column: SQLWrapper, param: SQLWrapper) =>
    differs.push(sql`${column} is not ${param}`);
  if (columns.allowances !== undefined)
    compare(plans.allowances, sql.param(columns.allowances, plans.allowances));
  if (columns.models !== undefined) compare(plans.models, sql.param(columns.models, plans.models));
  if (columns.features !== undefined)
    compare(plans.features, sql.param(columns.features, plans.features));
  if (columns.requestsPerMinute !== undefined)
    compare(plans.requestsPerMinute, sql.param(columns.requestsPerMinute, plans.requestsPerMinute));
  if (differs.length === 0) return sql`${plans.version}`;
  return sql`${plans.version} + (${sql.join(differs, sql` or `)})`;
}
