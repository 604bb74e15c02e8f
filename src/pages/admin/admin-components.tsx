import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";

const ADMIN_TABS = [
  ["overview", "/admin"],
  ["users", "/admin/users"],
  ["usage", "/admin/usage"],
  ["orders", "/admin/orders"],
  ["events", "/admin/events"],
  ["drift", "/admin/drift"],
  ["audit", "/admin/audit"],
  ["mails", "/admin/mails"],
  ["catalog", "/admin/catalog"],
] as const;

/** The statuses of an order, as the wire has them. */
export const ORDER_STATUSES = ["pending", "completed", "failed", "refunded", "disputed"] as const;

/** Answers with an operator's page, under the links to all of them. */
export function renderAdminPage(
  c: PageContext,
  title: string,
  children: Child,
  status: ContentfulStatusCode = 200,
) {
  const { admin: words } = c.var.words;
  const isCurrent = (href: string): boolean =>
    c.req.path === href || (href !== "/admin" && c.req.path.startsWith(`${href}/`));
  return renderPage(
    c,
    {
      title: `${title} · ${words.label}`,
      width: "wide",
      children: (
        <>
          <nav class="tabs" aria-label={words.label}>
            {ADMIN_TABS.map(([name, href]) => (
              <a href={href} aria-current={isCurrent(href) ? "page" : undefined}>
                {words[name]}
              </a>
            ))}
          </nav>
          <h1>{title}</h1>
          {children}
        </>
      ),
    },
    status,
  );
}

/** A form for the days of a report. */
export const DateRangeForm = ({ c, from, to }: { c: PageContext; from: string; to: string }) => (
  <form method="get" class="row">
    <Field name="from" type="date" label={c.var.words.admin.from} value={from} />
    <Field name="to" type="date" label={c.var.words.admin.to} value={to} />
    <button type="submit">{c.var.words.admin.filter}</button>
  </form>
);

/** A list of named facts. A fact that is null is left out. */
export const FactList = ({
  facts,
}: {
  facts: readonly (readonly [name: string, fact: Child])[];
}) => (
  <dl class="facts">
    {facts.map(([name, fact]) =>
      fact === null || fact === undefined ? null : (
        <div>
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </div>
      ),
    )}
  </dl>
);

/** The colours of the statuses of orders and events: what needs the operator stands out. */
const STATUS_KINDS = {
  pending: "warn",
  completed: "",
  refunded: "",
  disputed: "bad",
  received: "warn",
  processed: "",
  ignored: "",
  failed: "bad",
} as const;

/** The status of an order or an event, with its name in the reader's language. */
export const StatusBadge = ({
  status,
  text,
}: {
  status: keyof typeof STATUS_KINDS;
  text: string;
}) => <span class={`badge ${STATUS_KINDS[status]}`}>{text}</span>;

/** A form that is a single button. */
export const ActionButton = ({
  action,
  text,
  kind,
}: {
  action: string;
  text: string;
  kind?: "plain" | "danger";
}) => (
  <form method="post" action={action}>
    <button type="submit" class={kind}>
      {text}
    </button>
  </form>
);

/** A link to a user, or nothing for null. */
export const UserLink = ({ userId }: { userId: string | null }) =>
  userId === null ? null : (
    <a href={`/admin/users/${encodeURIComponent(userId)}`}>
      <code>{userId}</code>
    </a>
  );

/** Returns the named query parameters of the address, trimmed, without the empty ones. */
export function readFilters<Name extends string>(
  c: PageContext,
  ...names: readonly Name[]
): Partial<Record<Name, string>> {
  const filters: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = c.req.query(name)?.trim();
    if (value !== undefined && value !== "") filters[name] = value;
  }
  return filters;
}

/** Returns the value if it is one of those allowed. */
export const parseOneOf = <T extends string>(
  values: readonly T[],
  value: string | undefined,
): T | undefined => values.find((candidate) => candidate === value);
