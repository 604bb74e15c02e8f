import type { Database } from "../db.ts";
import { iteratePages, toPage } from "../http/page.ts";
import { listAuditEntries, showAuditEntry } from "./list.ts";
import type { OwnAuditEntryView } from "./wire.ts";

const PAGE_SIZE = 100;

/** Actions whose reason is a note of the operator's own, which its user is not shown. */
const NOTED_ACTIONS: ReadonlySet<string> = new Set([
  "user.suspended",
  "user.resumed",
  "session.ended",
  "sessions.ended",
  "api_key.revoked",
]);

/**
 * Iterates over all entries about a user, newest first, without the ids of their actors and the
 * operator's notes.
 */
export const iterateAuditEntries = (
  db: Database,
  userId: string,
): AsyncGenerator<OwnAuditEntryView, void> =>
  iteratePages(async (cursor) =>
    toPage(
      await listAuditEntries(db, { userId, limit: PAGE_SIZE, cursor }),
      PAGE_SIZE,
      (entry) => ({
        ...showAuditEntry(entry),
        actor: entry.actorKind,
        ...(NOTED_ACTIONS.has(entry.action) ? { reason: null } : {}),
      }),
      (entry) => entry.id,
    ),
  );
