import { unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { readForm, Select } from "../form-components.tsx";
import { formatNumber } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import { toLocalPath } from "../to-local-path.ts";
import { Confirm } from "../ui/confirm.tsx";
import { flash } from "../ui/flash.ts";
import { parseOneOf, readFilters, renderAdminPage } from "./admin-components.tsx";
import { stripeLink } from "./detail-parts.tsx";
import { FilterForm, UserName } from "./list-parts.tsx";

const PAGE_SIZE = "25";
const DRIFT_SOURCES = [
  "orders",
  "subscriptions",
  "stripe_sessions",
  "stripe_subscriptions",
] as const;

/** The value on one side of a difference. */
const DriftValue = ({ c, value }: { c: PageContext; value: unknown }) =>
  value === null ? (
    <em class="muted">{c.var.words.admin.system.missing}</em>
  ) : (
    <code class="value">{JSON.stringify(value)}</code>
  );

/** The subject of a difference: an order has a page here, all others one at Stripe. */
const DriftSubject = ({ c, subjectId }: { c: PageContext; subjectId: string }) => {
  const [, kind] = /^(ord|sub|in)_/.exec(subjectId) ?? [];
  const path = new Map([
    ["ord", "orders"],
    ["sub", "subscriptions"],
    ["in", "invoices"],
  ]).get(kind ?? "");
  return path === undefined ? (
    stripeLink(c, subjectId)
  ) : (
    <a href={`/admin/${path}/${subjectId}`}>
      <code>{subjectId}</code>
    </a>
  );
};

async function DriftReport({ c, of }: { c: PageContext; of: (typeof DRIFT_SOURCES)[number] }) {
  const { system: words, subject } = c.var.words.admin;
  const query = { of, limit: PAGE_SIZE, ...readFilters(c, "from", "to", "cursor") };
  const { data, checked, nextCursor } = await unwrap(c.var.api.api.admin.drift.$get({ query }));
  const { pathname, search } = new URL(c.req.url);
  return (
    <>
      <p>{words.checked(formatNumber(c, checked))}</p>
      {data.length === 0 ? (
        <Notice kind="good">{words.same}</Notice>
      ) : (
        <Table
          fits
          rows={data}
          columns={[
            {
              head: subject,
              cell: ({ subjectId }) => <DriftSubject c={c} subjectId={subjectId} />,
              isRowHead: true,
            },
            {
              head: c.var.words.admin.lists.customer,
              cell: ({ user, userId }) => <UserName c={c} user={user} userId={userId} />,
            },
            { head: words.difference, cell: ({ what }) => <code>{what}</code> },
            { head: words.here, cell: ({ here }) => <DriftValue c={c} value={here} /> },
            { head: words.atStripe, cell: ({ atStripe }) => <DriftValue c={c} value={atStripe} /> },
            {
              head: words.fix,
              isHeadHidden: true,
              cell: ({ heal, subjectId }) =>
                heal === null ? null : (
                  <Confirm
                    c={c}
                    action={`/admin/drift/${subjectId}/heal`}
                    label={words.fix}
                    question={words.fixQuestion}
                    fields={<input type="hidden" name="back" value={pathname + search} />}
                  />
                ),
            },
          ]}
        />
      )}
      <Pagination c={c} cursor={c.req.query("cursor")} nextCursor={nextCursor} />
    </>
  );
}

/**
 * `GET /admin/drift?of=&from=&to=`: shows differences between our records and Stripe's. It compares
 * only once `of` is given, since that takes a while.
 */
export function driftPage(c: PageContext) {
  const { admin } = c.var.words;
  const { system: words } = admin;
  const { from, to } = readFilters(c, "from", "to");
  const of = parseOneOf(DRIFT_SOURCES, c.req.query("of"));
  return renderAdminPage(
    c,
    admin.drift,
    <>
      <p class="lead">{words.driftLead}</p>
      <FilterForm c={c} path="/admin/drift" submit={words.compare}>
        <Select
          name="of"
          label={words.compareWhat}
          value={of}
          options={DRIFT_SOURCES.map((source) => [source, words.sources[source]])}
        />
        <Field name="from" type="date" label={admin.from} value={from} />
        <Field name="to" type="date" label={admin.to} value={to} />
      </FilterForm>
      {of === undefined ? null : <DriftReport c={c} of={of} />}
    </>,
  );
}

/**
 * `POST /admin/drift/:id/heal`: syncs a subject with Stripe, as an event about it would, and goes
 * back to the report.
 */
export async function repairDrift(c: PageContext) {
  const { back } = await readForm(c);
  const { subjectId } = await unwrap(
    c.var.api.api.admin.drift[":subjectId"].heal.$post({
      param: { subjectId: pathParam(c, "id") },
    }),
  );
  flash(c, "driftFixed", subjectId);
  return c.redirect(back === undefined ? "/admin/drift" : toLocalPath(back), 303);
}
