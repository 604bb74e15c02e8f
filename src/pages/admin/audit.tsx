import type { InferResponseType } from "hono/client";
import { type ApiClient, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { moment } from "../format.ts";
import { Field, Pages } from "../parts.tsx";
import { filtersOf, showAdmin, Table, UserLink } from "./admin-parts.tsx";

type Entry = Extract<
  InferResponseType<ApiClient["api"]["admin"]["audit"]["$get"]>,
  { data: unknown }
>["data"][number];

const SHOWN = "50";
const FILTERS = ["action", "subjectId", "userId", "actorId"] as const;

const Json = ({ value }: { value: unknown }) =>
  value === null || value === undefined ? null : <code class="json">{JSON.stringify(value)}</code>;

/** Who did what. */
export function AuditTable({ c, entries }: { c: PageContext; entries: readonly Entry[] }) {
  const { admin: words } = c.var.words;
  return (
    <Table
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
        moment(c, entry.at),
        <>
          {entry.actor.kind} <code>{entry.actor.id}</code>
        </>,
        <code>{entry.action}</code>,
        <code>{entry.subjectId}</code>,
        <UserLink userId={entry.userId} />,
        entry.reason,
        <Json value={entry.before} />,
        <Json value={entry.after} />,
      ])}
    />
  );
}

/** `/admin/audit?action=&subjectId=&userId=&actorId=`: who did what, newest first. */
export async function auditPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const filters = filtersOf(c, ...FILTERS);
  const { cursor } = filtersOf(c, "cursor");
  const query = { limit: SHOWN, ...filters, ...(cursor === undefined ? {} : { cursor }) };
  const { data, nextCursor } = await said(c.var.api.api.admin.audit.$get({ query }));
  return showAdmin(
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
      <Pages c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
