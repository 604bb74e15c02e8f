import { Empty } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Table } from "../table.tsx";
import { Time } from "../ui/time.tsx";
import { type AuditEntry, auditSentence } from "./audit-sentence.ts";
import { UserName } from "./list-parts.tsx";
import { RowMenu } from "./row-menu.tsx";

/** A value of an entry: a text as it is, all else as JSON. */
const formatValue = (value: unknown): string =>
  value === undefined || value === null
    ? ""
    : typeof value === "string"
      ? value
      : JSON.stringify(value, null, 1);

/** The value of a field of an entry. */
const FieldValue = ({ facts, field }: { facts: AuditEntry["after"]; field: string }) => (
  <code class="value">{formatValue(facts?.[field])}</code>
);

/** The fields that an entry tells of, before and after. */
function Difference({ c, entry }: { c: PageContext; entry: AuditEntry }) {
  const { log: words } = c.var.words.admin;
  const { before, after } = entry;
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return (
    <Table
      rows={fields}
      columns={[
        { head: words.field, cell: (field) => <code>{field}</code>, isRowHead: true },
        ...(before === null
          ? []
          : [
              {
                head: words.before,
                cell: (field: string) => <FieldValue facts={before} field={field} />,
              },
            ]),
        { head: words.after, cell: (field) => <FieldValue facts={after} field={field} /> },
      ]}
    />
  );
}

function AuditLine({ c, entry }: { c: PageContext; entry: AuditEntry }) {
  const { admin } = c.var.words;
  const { log: words } = admin;
  const sentence = auditSentence(c, entry);
  const hasFacts = entry.before !== null || entry.after !== null;
  return (
    <li class="audit-entry">
      <div class="audit-text">
        <p>{sentence}</p>
        {entry.reason === null ? null : <p class="muted small">{words.reason(entry.reason)}</p>}
        {hasFacts ? (
          <details>
            <summary aria-label={words.detailsOf(sentence)}>{words.details}</summary>
            <Difference c={c} entry={entry} />
          </details>
        ) : null}
      </div>
      <span class="audit-user small">
        <UserName c={c} user={entry.user} userId={entry.userId} />
      </span>
      <span class="muted small">
        <Time c={c} iso={entry.at} />
      </span>
      <RowMenu
        c={c}
        ids={[...new Set([entry.subjectId, entry.actor.id, entry.id])]}
        links={[
          [`/admin/audit?subjectId=${encodeURIComponent(entry.subjectId)}`, admin.lists.viewAudit],
        ]}
      />
    </li>
  );
}

/** Entries of the audit log, each as one sentence that opens to what changed. */
export const AuditList = ({ c, entries }: { c: PageContext; entries: readonly AuditEntry[] }) =>
  entries.length === 0 ? (
    <Empty>{c.var.words.admin.lists.noMatches}</Empty>
  ) : (
    <ul class="audit">
      {entries.map((entry) => (
        <AuditLine c={c} entry={entry} />
      ))}
    </ul>
  );
