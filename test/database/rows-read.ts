import { env } from "cloudflare:workers";
import { type Database, database } from "../../src/db.ts";
import { prepare } from "./statements.ts";

/**
 * Counts the rows that the statements of `run` read, by D1's own count: each runs once more, with
 * the values that it was given.
 */
export async function countRowsRead(run: (db: Database) => Promise<unknown>): Promise<number> {
  const made: { readonly statement: string; values: unknown[] }[] = [];
  const recording = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "prepare") {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (statement: string) => {
        const one: (typeof made)[number] = { statement, values: [] };
        made.push(one);
        const prepared = prepare(statement);
        const bind = prepared.bind.bind(prepared);
        prepared.bind = (...values) => {
          one.values = values;
          return bind(...values);
        };
        return prepared;
      };
    },
  });
  await run(database(recording));
  let rowsRead = 0;
  for (const { statement, values } of made) {
    const { meta } = await prepare(statement)
      .bind(...values)
      .run();
    rowsRead += meta.rows_read;
  }
  return rowsRead;
}
