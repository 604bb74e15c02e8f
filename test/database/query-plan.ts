import { EXCEPTIONS } from "./exceptions.ts";
import { prepare } from "./statements.ts";

/**
 * Tables that do not grow with users and sales: an operator writes their rows one by one, or they
 * have some rows a day.
 */
const SMALL_TABLES = new Set([
  "plans",
  "prices",
  "models",
  "model_costs",
  "cursors",
  "usage_totals",
  "active_users",
  "daily_sales",
  "order_counts",
  "subscription_totals",
]);

/** Returns the steps of a statement's plan, as SQLite explains it. */
async function explain(statement: string): Promise<string[]> {
  const parameters = statement.replaceAll(/'(?:[^']|'')*'/g, "").split("?").length - 1;
  const { results } = await prepare(`explain query plan ${statement}`)
    .bind(...Array.from({ length: parameters }, () => null))
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/** Returns whether a step scans a table that grows, under its name or another one. */
function isScan(step: string, statement: string): boolean {
  const [, name] = /^SCAN (\w+)/.exec(step) ?? [];
  if (name === undefined) return false;
  const [, table = name] = new RegExp(`"(\\w+)" (?:as )?"?${name}\\b`).exec(statement) ?? [];
  return statement.includes(`"${table}"`) && !SMALL_TABLES.has(table);
}

/** Returns whether a step sorts, in a statement that reads a table which grows. */
const isSort = (step: string, statement: string): boolean =>
  step.startsWith("USE TEMP B-TREE") &&
  [...statement.matchAll(/\b(?:from|join) "(\w+)"/g)].some(
    ([, table = ""]) => !SMALL_TABLES.has(table),
  );

/**
 * Returns the steps of a statement that scan or sort a table which grows, instead of going through
 * an index to the rows that are asked for.
 */
export async function findUnboundedSteps(statement: string): Promise<string[]> {
  if (EXCEPTIONS.some((exception) => exception.statement.test(statement))) return [];
  const steps = await explain(statement);
  return steps.filter((step) => isScan(step, statement) || isSort(step, statement));
}
