import { type AuditQuery, listAuditEntries, showAuditEntry } from "../audit/index.ts";
import type { Context } from "../context.ts";
import type { CsvColumns } from "../http/csv.ts";
import { type Page, toPage } from "../http/page.ts";
import { findKeyNames, findNames, findUsersOf } from "./references.ts";
import type { ListedAuditEntryView } from "./wire.ts";

/**
 * Loads a page of the audit log, with the names of what its entries are about.
 * @param namesKeys whether keys have their names, which only their users' accounts know
 */
export async function loadAuditPage(
  { db, env }: Pick<Context, "db" | "env">,
  query: AuditQuery,
  { namesKeys }: { readonly namesKeys: boolean },
): Promise<Page<ListedAuditEntryView>> {
  const entries = await listAuditEntries(db, query);
  const [keyNameOf, userOf, names] = await Promise.all([
    findKeyNames(env, namesKeys ? entries : []),
    findUsersOf(
      db,
      entries.flatMap(({ userId, actorId }) => [userId, actorId]),
    ),
    findNames(
      db,
      entries.map(({ subjectId }) => subjectId),
    ),
  ]);
  return toPage(
    entries,
    query.limit,
    (entry) => {
      const shown = showAuditEntry(entry);
      return {
        ...shown,
        actor: { ...shown.actor, email: userOf(shown.actor.id)?.email ?? null },
        subject: names.get(entry.subjectId) ?? keyNameOf(entry),
        user: userOf(entry.userId),
      };
    },
    ({ id }) => id,
  );
}

const toText = (facts: object | null): string | null =>
  facts === null ? null : JSON.stringify(facts);

/** The columns of the list in CSV. */
export const AUDIT_COLUMNS: CsvColumns<ListedAuditEntryView> = [
  ["id", ({ id }) => id],
  ["at", ({ at }) => at],
  ["actor_kind", ({ actor }) => actor.kind],
  ["actor_id", ({ actor }) => actor.id],
  ["actor_email", ({ actor }) => actor.email],
  ["action", ({ action }) => action],
  ["subject_id", ({ subjectId }) => subjectId],
  ["subject", ({ subject }) => subject],
  ["user_id", ({ userId }) => userId],
  ["email", ({ user }) => user?.email ?? null],
  ["reason", ({ reason }) => reason],
  ["before", ({ before }) => toText(before)],
  ["after", ({ after }) => toText(after)],
];
