import { type Column, type SQL, sql } from "drizzle-orm";

/** The condition that a column has one of any number of values. D1 binds at most 100 parameters. */
export const inList = (column: Column, values: readonly (string | number)[]): SQL =>
  sql`${column} in (select value from json_each(${JSON.stringify(values)}))`;

/** The condition that a column has none of any number of values. */
export const notInList = (column: Column, values: readonly (string | number)[]): SQL =>
  sql`${column} not in (select value from json_each(${JSON.stringify(values)}))`;
