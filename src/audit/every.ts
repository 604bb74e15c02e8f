import type { Database } from "../db.ts";
import { listAudit, showAudit } from "./list.ts";

const AT_ONCE = 100;

/**
 * Everything in the log that is about a user, newest first. Not who of the staff did it: that is
 * theirs.
 */
export async function* everyAudit(
  db: Database,
  userId: string,
): AsyncGenerator<Omit<ReturnType<typeof showAudit>, "actor"> & { readonly actor: string }, void> {
  let before: string | undefined;
  do {
    const rows: Awaited<ReturnType<typeof listAudit>> = await listAudit(db, {
      userId,
      limit: AT_ONCE,
      before,
    });
    for (const row of rows.slice(0, AT_ONCE)) yield { ...showAudit(row), actor: row.actorKind };
    before = rows.length > AT_ONCE ? rows[AT_ONCE - 1]?.id : undefined;
  } while (before !== undefined);
}
