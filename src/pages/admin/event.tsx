import { unwrap } from "../api.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatNumber, formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { stripeHref } from "../stripe-href.ts";
import {
  ActionButton,
  FactList,
  parseOneOf,
  readFilters,
  renderAdminPage,
  StatusBadge,
} from "./admin-components.tsx";
import { stripeLink } from "./detail-parts.tsx";
import { EventSubject } from "./events.tsx";

const OUTCOMES = ["processed", "ignored", "failed"] as const;

/** `GET /admin/events/:id?outcome=`: shows an event, and the outcome of its replay. */
export async function eventPage(c: PageContext) {
  const { admin } = c.var.words;
  const { system: words } = admin;
  const param = { id: pathParam(c, "id") };
  const event = await unwrap(c.var.api.api.admin.events[":id"].$get({ param }));
  const outcome = parseOneOf(OUTCOMES, readFilters(c, "outcome").outcome);
  const time = (iso: string | null) => (iso === null ? null : formatTime(c, iso));
  return renderAdminPage(
    c,
    event.type,
    <>
      {outcome === undefined ? null : (
        <Notice kind={outcome === "failed" ? "bad" : "good"}>{words.replayed[outcome]}</Notice>
      )}
      <div class="card">
        <FactList
          facts={[
            [admin.lists.about, <EventSubject event={event} />],
            [
              admin.status,
              <StatusBadge status={event.status} text={words.eventStatuses[event.status]} />,
            ],
            [words.attempts, formatNumber(c, event.attempts)],
            [words.lastError, event.lastError],
            [words.received, time(event.receivedAt)],
            [words.processed, time(event.processedAt)],
            [words.nextTry, time(event.nextTryAt)],
            [words.live, words.liveModes[event.livemode ? "live" : "test"]],
            [words.apiVersion, <bdi dir="ltr">{event.apiVersion}</bdi>],
            [words.objectId, stripeLink(c, event.objectId)],
            ["ID", <code>{event.id}</code>],
          ]}
        />
      </div>
      <p class="muted">{words.replayHint}</p>
      <div class="row">
        <ActionButton action={`/admin/events/${event.id}/replay`} text={words.replay} />
        <a class="button plain" href={stripeHref(c, event.id)} rel="noreferrer">
          {admin.lists.openInStripe}
        </a>
      </div>
    </>,
    200,
    { href: "/admin/events", text: words.back },
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
