import { type ApiClient, type ListItem, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatNumber } from "../format.ts";
import { stripeHref } from "../stripe-href.ts";
import { Table } from "../table.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { Time } from "../ui/time.tsx";
import { parseOneOf, readFilters, renderAdminPage, StatusBadge } from "./admin-components.tsx";
import { FilterForm } from "./list-parts.tsx";
import { RowMenu } from "./row-menu.tsx";

type ListedEvent = ListItem<ApiClient["api"]["admin"]["events"]["$get"]>;
type ReconcileReport = SuccessBody<ApiClient["api"]["admin"]["reconcile"]["$post"]>;

const PAGE_SIZE = "50";
const STATUSES = ["received", "processed", "failed", "ignored"] as const;

function ReconcileNotice({ c, report }: { c: PageContext; report: ReconcileReport }) {
  const { system: words } = c.var.words.admin;
  const { listed, missed, isComplete, hasGap, retried } = report;
  return (
    <Notice {...(hasGap ? { kind: "warn" as const } : {})}>
      <p>{words.reconciled(formatNumber(c, listed), formatNumber(c, missed.length))}</p>
      <p>{words.retried(formatNumber(c, retried.tried), formatNumber(c, retried.settled))}</p>
      {isComplete ? null : <p>{words.incomplete}</p>}
      {hasGap ? <p>{words.gap}</p> : null}
    </Notice>
  );
}

/** The sale or the customer that an event is about, by name. */
export function EventSubject({ event: { about, objectId } }: { event: ListedEvent }) {
  if (about === null) return <code class="muted">{objectId}</code>;
  const paths = {
    order: "orders",
    subscription: "subscriptions",
    invoice: "invoices",
    customer: "users",
  };
  return (
    <>
      <a href={`/admin/${paths[about.kind]}/${about.id}`}>
        <bdi>{about.title ?? about.user?.email ?? about.id}</bdi>
      </a>
      {about.title === null ? null : (
        <div class="muted small">
          <bdi>{about.user?.email}</bdi>
        </div>
      )}
    </>
  );
}

/** An event's type, which may be broken after each of its words. */
const breakable = (type: string) => type.split(/(?<=[._])/).map((word) => [word, <wbr />]);

function EventTable({ c, events }: { c: PageContext; events: readonly ListedEvent[] }) {
  const { lists, system: words, status } = c.var.words.admin;
  return (
    <Table
      fits
      rows={events}
      empty={lists.noMatches}
      columns={[
        {
          head: words.event,
          cell: ({ id, type, lastError }) => (
            <>
              <a href={`/admin/events/${id}`}>
                <code>{breakable(type)}</code>
              </a>
              {lastError === null ? null : <div class="small muted clip">{lastError}</div>}
            </>
          ),
          isRowHead: true,
        },
        { head: lists.about, cell: (event) => <EventSubject event={event} /> },
        {
          head: status,
          cell: (event) => (
            <StatusBadge status={event.status} text={words.eventStatuses[event.status]} />
          ),
        },
        {
          head: words.attempts,
          cell: ({ attempts }) => formatNumber(c, attempts),
          isFigure: true,
          isMinor: true,
        },
        {
          head: words.received,
          cell: ({ receivedAt }) => <Time c={c} iso={receivedAt} />,
          isMinor: true,
        },
        {
          head: lists.more,
          isHeadHidden: true,
          cell: ({ id, objectId }) => (
            <RowMenu c={c} ids={[id, objectId]} stripe={stripeHref(c, id)} />
          ),
        },
      ]}
    />
  );
}

async function renderEvents(c: PageContext, report?: ReconcileReport) {
  const { admin } = c.var.words;
  const { lists, system: words } = admin;
  const filters = readFilters(c, "type", "objectId", "cursor");
  const status = parseOneOf(STATUSES, c.req.query("status"));
  const query = { limit: PAGE_SIZE, ...filters, ...(status === undefined ? {} : { status }) };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.events.$get({ query }));
  return renderAdminPage(
    c,
    admin.events,
    <>
      {report === undefined ? null : <ReconcileNotice c={c} report={report} />}
      <p class="lead">{words.eventsLead}</p>
      <p>
        <Confirm
          c={c}
          action={`/admin/reconcile?${new URL(c.req.url).searchParams.toString()}`}
          label={words.reconcile}
          question={words.reconcileHint}
        />
      </p>
      <FilterForm c={c} path="/admin/events" csv={{ path: "/api/admin/events", query }}>
        <Field name="objectId" type="search" label={words.objectId} value={filters.objectId} />
        <Field name="type" label={words.type} value={filters.type} />
        <Select
          name="status"
          label={admin.status}
          value={status}
          options={[
            ["", lists.all],
            ...STATUSES.map((option) => [option, words.eventStatuses[option]] as const),
          ]}
        />
      </FilterForm>
      <EventTable c={c} events={data} />
      <Pagination c={c} cursor={filters.cursor} nextCursor={nextCursor} path="/admin/events" />
    </>,
  );
}

/** `GET /admin/events?status=&type=&objectId=`: shows the inbox of Stripe's events. */
export const eventsPage = (c: PageContext) => renderEvents(c);

/** `POST /admin/reconcile`: reconciles now, as the cron does, and shows the report. */
export const reconcileNow = async (c: PageContext) =>
  await renderEvents(c, await unwrap(c.var.api.api.admin.reconcile.$post()));
