/**
 * Brings the tables of a Durable Object up to date: applies the steps that were not applied yet, in
 * their order. Must run inside a transaction. `schema_steps` counts them, since
 * `PRAGMA user_version` is denied in an object.
 * @param steps SQL, one string for each step; a step never changes once it has landed
 */
export function migrate(sql: SqlStorage, steps: readonly string[]): void {
  sql.exec("CREATE TABLE IF NOT EXISTS schema_steps (step INTEGER PRIMARY KEY)");
  const appliedCount = sql
    .exec<{ steps: number }>("SELECT count(*) AS steps FROM schema_steps")
    .one().steps;
  for (const [index, step] of steps.entries()) {
    if (index < appliedCount) continue;
    sql.exec(step);
    sql.exec("INSERT INTO schema_steps (step) VALUES (?)", index);
  }
}
