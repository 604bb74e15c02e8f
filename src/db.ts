import { DrizzleQueryError } from "drizzle-orm";
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

/** The same, and where in the code it happened. */
export function formatErrorWithStack(error: Error): string {
  const { stack = "", message } = error;
  const at = stack.indexOf(message);
  return formatError(error) + (at < 0 ? "" : stack.slice(at + message.length));
}
