/**
 * Returns the unique column that a failed statement would have violated (`plans.slug`), if that is
 * why it failed.
 */
export function violatedUniqueColumn(error: unknown): string | undefined {
  // D1 passes SQLite's message on, and drizzle wraps D1's error in its own.
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const column = /UNIQUE constraint failed: (\w+\.\w+)/.exec(cause.message)?.[1];
    if (column !== undefined) return column;
  }
  return undefined;
}
