import { unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatNumber } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import {
  ActionButton,
  parseOneOf,
  readFilters,
  renderAdminPage,
  UserLink,
} from "./admin-components.tsx";

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
    <em class="muted">{c.var.words.admin.missing}</em>
  ) : (
    <code class="json">{JSON.stringify(value)}</code>
  );

async function DriftReport({ c, of }: { c: PageContext; of: (typeof DRIFT_SOURCES)[number] }) {
  const { admin: words } = c.var.words;
  const query = { of, limit: PAGE_SIZE, ...readFilters(c, "from", "to", "cursor") };
  const { data, checked, nextCursor } = await unwrap(c.var.api.api.admin.drift.$get({ query }));
  return (
    <>
      <p>{words.checked(formatNumber(c, checked))}</p>
      {data.length === 0 ? (
        <Notice>{words.same}</Notice>
      ) : (
        <Table
          isWide
          rows={data}
          columns={[
            { head: words.subject, cell: ({ subjectId }) => <code>{subjectId}</code> },
            { head: words.user, cell: ({ userId }) => <UserLink userId={userId} /> },
            { head: words.what, cell: ({ what }) => <code>{what}</code> },
            { head: words.here, cell: ({ here }) => <DriftValue c={c} value={here} /> },
            { head: words.atStripe, cell: ({ atStripe }) => <DriftValue c={c} value={atStripe} /> },
            {
              head: words.heal,
              cell: ({ heal, subjectId }) =>
                heal === null ? null : (
                  <ActionButton
                    action={`/admin/drift/${subjectId}/heal`}
                    text={words.heal}
                    kind="plain"
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
  const { admin: words } = c.var.words;
  const { from, to, healed } = readFilters(c, "from", "to", "healed");
  const of = parseOneOf(DRIFT_SOURCES, c.req.query("of"));
  return renderAdminPage(
    c,
    words.drift,
    <>
      <p class="lead">{words.driftLead}</p>
      {healed === undefined ? null : <Notice>{words.healed(healed)}</Notice>}
      <form method="get" class="row">
        <Select
          name="of"
          label={words.driftOf}
          value={of}
          options={DRIFT_SOURCES.map((source) => [source, words.driftOfs[source]])}
        />
        <Field name="from" type="date" label={words.from} value={from} />
        <Field name="to" type="date" label={words.to} value={to} />
        <button type="submit">{words.compare}</button>
      </form>
      {of === undefined ? null : <DriftReport c={c} of={of} />}
    </>,
  );
}

/** `POST /admin/drift/:id/heal`: syncs a subject with Stripe, as an event about it would. */
export async function repairDrift(c: PageContext) {
  const { subjectId } = await unwrap(
    c.var.api.api.admin.drift[":subjectId"].heal.$post({
      param: { subjectId: pathParam(c, "id") },
    }),
  );
  return c.redirect(`/admin/drift?healed=${encodeURIComponent(subjectId)}`, 303);
}
