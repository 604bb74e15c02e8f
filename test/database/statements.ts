import { env } from "cloudflare:workers";

/** The statements of the Worker that have run since they were last taken, each text once. */
const recorded = new Set<string>();

const prototype: D1Database = Object.getPrototypeOf(env.DB);
const prepareUnrecorded: D1Database["prepare"] = Reflect.get(prototype, "prepare");

/** Prepares a statement without recording it. */
export const prepare = (statement: string): D1PreparedStatement =>
  prepareUnrecorded.call(env.DB, statement);

/**
 * Returns whether the Worker made a statement: drizzle quotes every name and lists every column.
 * Tests that look into the database themselves do not.
 */
const isOfWorker = (statement: string): boolean =>
  statement.includes('"') && !/^select \* from|"d1_migrations"/i.test(statement);

/** Records every statement from now on, those of the Durable Objects too. */
export function recordStatements(): void {
  prototype.prepare = function prepareRecorded(this: D1Database, statement: string) {
    if (isOfWorker(statement))
      recorded.add(statement.replaceAll(/ in \(\?(?:, \?)+\)/g, " in (?)"));
    return prepareUnrecorded.call(this, statement);
  };
}

/** Returns the recorded statements, and forgets them. */
export function takeStatements(): string[] {
  const statements = [...recorded];
  recorded.clear();
  return statements;
}
