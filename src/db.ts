import { DrizzleQueryError } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";

/**
 * D1 through drizzle. Use `batch` for what must be atomic: D1 has no interactive transactions, and
 * `db.transaction()` fails.
 */
export const database = (d1: D1Database) => drizzle(d1);
export type Database = ReturnType<typeof database>;

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
