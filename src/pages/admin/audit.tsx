import { type ApiClient, type ListItem, unwrap } from "../api.ts";
import { Field, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatTime } from "../format.ts";
import { AdminTable, readFilters, renderAdminPage, UserLink } from "./admin-components.tsx";

type AuditEntry = ListItem<ApiClient["api"]["admin"]["audit"]["$get"]>;

const PAGE_SIZE = "50";
const FILTERS = ["action", "subjectId", "userId", "actorId"] as const;

const JsonValue = ({ value }: { value: unknown }) =>
  value === null || value === undefined ? null : <code class="json">{JSON.stringify(value)}</code>;

/** Who did what. */
export function AuditTable({ c, entries }: { c: PageContext; entries: readonly AuditEntry[] }) {
  const { admin: words } = c.var.words;
  return (
    <AdminTable
      c={c}
      columns={[
        words.when,
        words.actor,
        words.action,
        words.subject,
        words.user,
        words.reason,
        words.before,
        words.after,
      ]}
      rows={entries.map((entry) => [
        formatTime(c, entry.at),
        <>
          {entry.actor.kind} <code>{entry.actor.id}</code>
        </>,
        <code>{entry.action}</code>,
        <code>{entry.subjectId}</code>,
        <UserLink userId={entry.userId} />,
        entry.reason,
        <JsonValue value={entry.before} />,
        <JsonValue value={entry.after} />,
      ])}
    />
  );
}

/** `/admin/audit?action=&subjectId=&userId=&actorId=`: who did what, newest first. */
export async function auditPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const filters = readFilters(c, ...FILTERS);
  const { cursor } = readFilters(c, "cursor");
  const query = { limit: PAGE_SIZE, ...filters, ...(cursor === undefined ? {} : { cursor }) };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.audit.$get({ query }));
  return renderAdminPage(
    c,
    words.audit,
    <>
      <form method="get" class="row">
        <Field name="action" label={words.action} value={filters.action} />
        <Field name="subjectId" label={words.subject} value={filters.subjectId} />
        <Field name="userId" label={words.user} value={filters.userId} />
        <Field name="actorId" label={words.actor} value={filters.actorId} />
        <button type="submit">{words.filter}</button>
      </form>
      <AuditTable c={c} entries={data} />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
