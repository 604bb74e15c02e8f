import type { Database } from "../db.ts";
import { iteratePages, toPage } from "../http/page.ts";
import { listAuditEntries, showAuditEntry } from "./list.ts";
import type { OwnAuditEntryView } from "./wire.ts";

const PAGE_SIZE = 100;

/** Iterates over all entries about a user, newest first, without the ids of their actors. */
export const iterateAuditEntries = (
  db: Database,
  userId: string,
): AsyncGenerator<OwnAuditEntryView, void> =>
  iteratePages(async (cursor) =>
    toPage(
      await listAuditEntries(db, { userId, limit: PAGE_SIZE, cursor }),
      PAGE_SIZE,
      (entry) => ({ ...showAuditEntry(entry), actor: entry.actorKind }),
      (entry) => entry.id,
    ),
  );
