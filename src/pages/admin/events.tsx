import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatNumber, formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import {
  ActionButton,
  FactList,
  parseOneOf,
  readFilters,
  renderAdminPage,
  StatusBadge,
} from "./admin-components.tsx";

type ReconcileReport = SuccessBody<ApiClient["api"]["admin"]["reconcile"]["$post"]>;

const PAGE_SIZE = "50";
const STATUSES = ["received", "processed", "failed", "ignored"] as const;
const OUTCOMES = ["processed", "ignored", "failed"] as const;

function ReconcileNotice({ c, report }: { c: PageContext; report: ReconcileReport }) {
  const { admin: words } = c.var.words;
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

async function renderEvents(c: PageContext, report?: ReconcileReport) {
  const { admin: words, common } = c.var.words;
  const { type, objectId, cursor } = readFilters(c, "type", "objectId", "cursor");
  const status = parseOneOf(STATUSES, c.req.query("status"));
  const query = {
    limit: PAGE_SIZE,
    ...readFilters(c, "type", "objectId", "cursor"),
    ...(status === undefined ? {} : { status }),
  };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.events.$get({ query }));
  return renderAdminPage(
    c,
    words.events,
    <>
      {report === undefined ? null : <ReconcileNotice c={c} report={report} />}
      <div class="card">
        <p class="muted">{words.reconcileHint}</p>
        <ActionButton action="/admin/reconcile" text={words.reconcile} />
      </div>
      <form method="get" action="/admin/events" class="row">
        <Select
          name="status"
          label={words.status}
          value={status}
          options={[
            ["", words.any],
            ...STATUSES.map((option) => [option, words.eventStatuses[option]] as const),
          ]}
        />
        <Field name="type" label={words.type} value={type} />
        <Field name="objectId" label={words.object} value={objectId} />
        <button type="submit">{words.filter}</button>
      </form>
      <Table
        isWide
        rows={data}
        empty={common.none}
        columns={[
          {
            head: words.received,
            cell: ({ id, receivedAt }) => (
              <a href={`/admin/events/${id}`}>{formatTime(c, receivedAt)}</a>
            ),
          },
          { head: words.type, cell: (event) => <code>{event.type}</code> },
          { head: words.object, cell: (event) => <code>{event.objectId}</code> },
          {
            head: words.status,
            cell: (event) => (
              <StatusBadge status={event.status} text={words.eventStatuses[event.status]} />
            ),
          },
          {
            head: words.attempts,
            cell: ({ attempts }) => formatNumber(c, attempts),
            isFigure: true,
          },
          { head: words.lastError, cell: ({ lastError }) => lastError },
        ]}
      />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}

/** `GET /admin/events?status=&type=&objectId=`: shows the inbox of Stripe's events. */
export const eventsPage = (c: PageContext) => renderEvents(c);

/** `POST /admin/reconcile`: reconciles now, as the cron does, and shows the report. */
export const reconcileNow = async (c: PageContext) =>
  await renderEvents(c, await unwrap(c.var.api.api.admin.reconcile.$post()));

/** `GET /admin/events/:id?outcome=`: shows an event, and the outcome of its replay. */
export async function eventPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const event = await unwrap(
    c.var.api.api.admin.events[":id"].$get({ param: { id: pathParam(c, "id") } }),
  );
  const outcome = parseOneOf(OUTCOMES, c.req.query("outcome"));
  return renderAdminPage(
    c,
    event.type,
    <>
      {outcome === undefined ? null : (
        <Notice {...(outcome === "failed" ? { kind: "bad" as const } : {})}>
          {words.replayed[outcome]}
        </Notice>
      )}
      <FactList
        facts={[
          ["ID", <code>{event.id}</code>],
          [words.object, event.objectId === null ? null : <code>{event.objectId}</code>],
          [
            words.status,
            <StatusBadge status={event.status} text={words.eventStatuses[event.status]} />,
          ],
          [words.attempts, formatNumber(c, event.attempts)],
          [words.lastError, event.lastError],
          [words.received, formatTime(c, event.receivedAt)],
          [words.processed, event.processedAt === null ? null : formatTime(c, event.processedAt)],
          [words.nextTry, event.nextTryAt === null ? null : formatTime(c, event.nextTryAt)],
          [words.livemode, event.livemode ? words.yes : words.no],
          [words.apiVersion, event.apiVersion],
        ]}
      />
      <p class="muted">{words.replayHint}</p>
      <ActionButton action={`/admin/events/${event.id}/replay`} text={words.replay} />
    </>,
  );
}

/** `POST /admin/events/:id/replay`: handles an event again. */
export async function replayEvent(c: PageContext) {
  const id = pathParam(c, "id");
  const { outcome } = await unwrap(
    c.var.api.api.admin.events[":id"].replay.$post({ param: { id } }),
  );
  return c.redirect(`/admin/events/${id}?outcome=${outcome}`, 303);
}
