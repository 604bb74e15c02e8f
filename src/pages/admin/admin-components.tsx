import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { PageTitle } from "../ui/page-title.tsx";
import { BackLink } from "./detail-parts.tsx";

/** The statuses of an order, as the wire has them. */
export const ORDER_STATUSES = ["pending", "completed", "failed", "refunded", "disputed"] as const;

/**
 * Answers with an operator's page, in the operator's shell.
 * @param back the list that the page belongs to
 */
export const renderAdminPage = (
  c: PageContext,
  title: string,
  children: Child,
  status: ContentfulStatusCode = 200,
  back?: { readonly href: string; readonly text: string },
) =>
  renderPage(
    c,
    {
      title: `${title} · ${c.var.words.admin.label}`,
      shell: "admin",
      children: (
        <>
          {back === undefined ? null : <BackLink {...back} />}
          <PageTitle title={title} />
          {children}
        </>
      ),
    },
    status,
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
