import { drizzle } from "drizzle-orm/d1";

/** D1 through drizzle. Use `batch` for what must be atomic: D1 has no interactive transactions, and `db.transaction()` fails. */
export const database = (d1: D1Database) => drizzle(d1);
export type Database = ReturnType<typeof database>;
