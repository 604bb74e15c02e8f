import type { Database } from "../db.ts";
import { listAudit, showAudit } from "./list.ts";

const PAGE_SIZE = 100;

/**
 * Everything in the log that is about a user, newest first. Not who of the staff did it: that is
 * theirs.
 */
export async function* iterateAuditEntries(
  db: Database,
  userId: string,
): AsyncGenerator<Omit<ReturnType<typeof showAudit>, "actor"> & { readonly actor: string }, void> {
  let before: string | undefined;
  do {
    const rows: Awaited<ReturnType<typeof listAudit>> = await listAudit(db, {
      userId,
      limit: PAGE_SIZE,
      before,
    });
    for (const row of rows.slice(0, PAGE_SIZE)) yield { ...showAudit(row), actor: row.actorKind };
    before = rows.length > PAGE_SIZE ? rows[PAGE_SIZE - 1]?.id : undefined;
  } while (before !== undefined);
}
