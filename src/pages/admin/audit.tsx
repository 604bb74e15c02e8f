import { type ApiClient, type ListItem, unwrap } from "../api.ts";
import { Field, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatTime } from "../format.ts";
import { Table } from "../table.tsx";
import { readFilters, renderAdminPage, UserLink } from "./admin-components.tsx";

type AuditEntry = ListItem<ApiClient["api"]["admin"]["audit"]["$get"]>;

const PAGE_SIZE = "50";
const FILTERS = ["action", "subjectId", "userId", "actorId"] as const;

const JsonValue = ({ value }: { value: unknown }) =>
  value === null || value === undefined ? null : <code class="json">{JSON.stringify(value)}</code>;

/** A table of the audit log. */
export function AuditTable({ c, entries }: { c: PageContext; entries: readonly AuditEntry[] }) {
  const { admin: words, common } = c.var.words;
  return (
    <Table
      isWide
      rows={entries}
      empty={common.none}
      columns={[
        { head: words.when, cell: ({ at }) => formatTime(c, at) },
        {
          head: words.actor,
          cell: ({ actor }) => (
            <>
              {actor.kind} <code>{actor.id}</code>
            </>
          ),
        },
        { head: words.action, cell: ({ action }) => <code>{action}</code> },
        { head: words.subject, cell: ({ subjectId }) => <code>{subjectId}</code> },
        { head: words.user, cell: ({ userId }) => <UserLink userId={userId} /> },
        { head: words.reason, cell: ({ reason }) => reason },
        { head: words.before, cell: ({ before }) => <JsonValue value={before} /> },
        { head: words.after, cell: ({ after }) => <JsonValue value={after} /> },
      ]}
    />
  );
}

/** `GET /admin/audit?action=&subjectId=&userId=&actorId=`: shows the audit log, newest first. */
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
