import { DrizzleQueryError, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle } from "drizzle-orm/d1";

const connect = (d1: D1Database) => drizzle(d1);

/** D1 through drizzle. */
export type Database = ReturnType<typeof connect>;

const databases = new WeakMap<D1Database, Database>();

/**
 * Returns D1 through drizzle, made once for each binding. Use `batch` for what must be atomic: D1
 * has no interactive transactions, and `db.transaction()` fails.
 */
export function database(d1: D1Database): Database {
  const known = databases.get(d1);
  if (known !== undefined) return known;
  const db = connect(d1);
  databases.set(d1, db);
  return db;
}

/** Runs statements in one transaction: all of them, or none. No statements are no transaction. */
export async function batchAll(
  db: Database,
  statements: readonly BatchItem<"sqlite">[],
): Promise<void> {
  const [first, ...rest] = statements;
  if (first !== undefined) await db.batch([first, ...rest]);
}

type Pair<T> = readonly [T, T];

/**
 * The condition that a row comes before or after another one in a list sorted by two columns, both
 * in the same direction. It compares row values, because one index then serves the condition and
 * the order; SQLite sorts for an `or`.
 */
export const comparePair = (
  columns: Pair<SQLWrapper>,
  operator: "<" | "<=" | ">" | ">=",
  values: Pair<string | number>,
): SQL => sql`(${columns[0]}, ${columns[1]}) ${sql.raw(operator)} (${values[0]}, ${values[1]})`;

/**
 * What of an error may be logged or kept. The words of a statement that failed hold every value
 * that it was given (an address, a password's hash): of these only why it failed and its text are
 * left.
 */
export function formatError(error: unknown): string {
  if (error instanceof DrizzleQueryError)
    return `${error.name}: ${formatError(error.cause)} (in ${error.query})`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Whether D1 failed for want of a table or a column, which a migration would have made. */
export const isSchemaMissing = (error: unknown): boolean =>
  error instanceof DrizzleQueryError &&
  /D1_ERROR: (no such (table|column)|table \S+ has no column)/.test(String(error.cause));

/** The same, and where in the code it happened. */
export function formatErrorWithStack(error: Error): string {
  const { stack = "", message } = error;
  const at = stack.indexOf(message);
  return formatError(error) + (at < 0 ? "" : stack.slice(at + message.length));
}
