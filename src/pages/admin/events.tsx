import type { InferResponseType } from "hono/client";
import { type ApiClient, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Select } from "../form-parts.tsx";
import { figure, moment } from "../format.ts";
import { Field, Notice, Pages } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { Facts, filtersOf, oneOf, Press, showAdmin, Table } from "./admin-parts.tsx";

type Good<T> = Exclude<T, { error: unknown }>;
type Event = Good<InferResponseType<ApiClient["api"]["admin"]["events"][":id"]["$get"]>>;
type Reconciled = Good<InferResponseType<ApiClient["api"]["admin"]["reconcile"]["$post"]>>;

const SHOWN = "50";
const STATUSES = ["received", "processed", "failed", "ignored"] as const;
const OUTCOMES = ["processed", "ignored", "failed"] as const;

function Status({ c, status }: { c: PageContext; status: Event["status"] }) {
  const kinds = { received: "warn", processed: "", failed: "bad", ignored: "" } as const;
  return <span class={`badge ${kinds[status]}`}>{c.var.words.admin.eventStatuses[status]}</span>;
}

function Done({ c, done }: { c: PageContext; done: Reconciled }) {
  const { admin: words } = c.var.words;
  const { listed, missed, isComplete, hasGap, retried } = done;
  return (
    <Notice {...(hasGap ? { kind: "warn" as const } : {})}>
      <p>{words.reconciled(figure(c, listed), figure(c, missed.length))}</p>
      <p>{words.retried(figure(c, retried.tried), figure(c, retried.settled))}</p>
      {isComplete ? null : <p>{words.incomplete}</p>}
      {hasGap ? <p>{words.gap}</p> : null}
    </Notice>
  );
}

async function showEvents(c: PageContext, done?: Reconciled) {
  const { admin: words } = c.var.words;
  const { type, objectId, cursor } = filtersOf(c, "type", "objectId", "cursor");
  const status = oneOf(STATUSES, c.req.query("status"));
  const query = {
    limit: SHOWN,
    ...filtersOf(c, "type", "objectId", "cursor"),
    ...(status === undefined ? {} : { status }),
  };
  const { data, nextCursor } = await said(c.var.api.api.admin.events.$get({ query }));
  return showAdmin(
    c,
    words.events,
    <>
      {done === undefined ? null : <Done c={c} done={done} />}
      <div class="card">
        <p class="muted">{words.reconcileHint}</p>
        <Press action="/admin/reconcile" text={words.reconcile} />
      </div>
      <form method="get" action="/admin/events" class="row">
        <Select
          name="status"
          label={words.status}
          value={status}
          options={[
            ["", words.any],
            ...STATUSES.map((one) => [one, words.eventStatuses[one]] as const),
          ]}
        />
        <Field name="type" label={words.type} value={type} />
        <Field name="objectId" label={words.object} value={objectId} />
        <button type="submit">{words.filter}</button>
      </form>
      <Table
        c={c}
        columns={[
          words.received,
          words.type,
          words.object,
          words.status,
          { figures: words.attempts },
          words.lastError,
        ]}
        rows={data.map((event) => [
          <a href={`/admin/events/${event.id}`}>{moment(c, event.receivedAt)}</a>,
          <code>{event.type}</code>,
          <code>{event.objectId}</code>,
          <Status c={c} status={event.status} />,
          figure(c, event.attempts),
          event.lastError,
        ])}
      />
      <Pages c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}

/** `GET /admin/events?status=&type=&objectId=`: the inbox of Stripe's events. */
export const eventsPage = (c: PageContext) => showEvents(c);

/** `POST /admin/reconcile`: what the cron does, now; and what came of it. */
export const reconcileNow = async (c: PageContext) =>
  await showEvents(c, await said(c.var.api.api.admin.reconcile.$post()));

/** `GET /admin/events/:id?outcome=`: one event, and what came of handling it again. */
export async function eventPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const event = await said(
    c.var.api.api.admin.events[":id"].$get({ param: { id: pathParam(c, "id") } }),
  );
  const outcome = oneOf(OUTCOMES, c.req.query("outcome"));
  return showAdmin(
    c,
    event.type,
    <>
      {outcome === undefined ? null : (
        <Notice {...(outcome === "failed" ? { kind: "bad" as const } : {})}>
          {words.replayed[outcome]}
        </Notice>
      )}
      <Facts
        facts={[
          ["ID", <code>{event.id}</code>],
          [words.object, event.objectId === null ? null : <code>{event.objectId}</code>],
          [words.status, <Status c={c} status={event.status} />],
          [words.attempts, figure(c, event.attempts)],
          [words.lastError, event.lastError],
          [words.received, moment(c, event.receivedAt)],
          [words.processed, event.processedAt === null ? null : moment(c, event.processedAt)],
          [words.nextTry, event.nextTryAt === null ? null : moment(c, event.nextTryAt)],
          [words.livemode, event.livemode ? words.yes : words.no],
          [words.apiVersion, event.apiVersion],
        ]}
      />
      <p class="muted">{words.replayHint}</p>
      <Press action={`/admin/events/${event.id}/replay`} text={words.replay} />
    </>,
  );
}

/** `POST /admin/events/:id/replay` */
export async function replayEvent(c: PageContext) {
  const id = pathParam(c, "id");
  const { outcome } = await said(c.var.api.api.admin.events[":id"].replay.$post({ param: { id } }));
  return c.redirect(`/admin/events/${id}?outcome=${outcome}`, 303);
}
