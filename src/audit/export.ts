import type { Database } from "../db.ts";
import { listAuditEntries, showAuditEntry } from "./list.ts";

const PAGE_SIZE = 100;

/**
 * Everything in the log that is about a user, newest first. Not who of the staff did it: that is
 * theirs.
 */
export async function* iterateAuditEntries(
  db: Database,
  userId: string,
): AsyncGenerator<
  Omit<ReturnType<typeof showAuditEntry>, "actor"> & { readonly actor: string },
  void
> {
  let before: string | undefined;
  do {
    const rows: Awaited<ReturnType<typeof listAuditEntries>> = await listAuditEntries(db, {
      userId,
      limit: PAGE_SIZE,
      before,
    });
    for (const row of rows.slice(0, PAGE_SIZE))
      yield { ...showAuditEntry(row), actor: row.actorKind };
    before = rows.length > PAGE_SIZE ? rows[PAGE_SIZE - 1]?.id : undefined;
  } while (before !== undefined);
}
