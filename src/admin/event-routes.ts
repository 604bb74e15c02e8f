import { Hono } from "hono";
import { z } from "zod";
import { record } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import {
  EVENT_STATUSES,
  findEvent,
  reconcile,
  reconcileResultView,
  replayEvent,
  replayResultView,
  retryEvents,
  showReconcileResult,
  showReplayResult,
} from "../billing/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { csvFile } from "../http/csv.ts";
import { describeRoute } from "../http/describe-route.ts";
import { pageQuery, timedCursor } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { EVENT_COLUMNS, loadEventPage, showEvents } from "./event-list.ts";
import { AS_CSV, formatField, listAsCsv } from "./list-as-csv.ts";
import { listedEventView } from "./wire.ts";

/** The limits of one call, within D1's 1000 queries an invocation. */
const EVENTS_MAX = 40;
const RETRIES_MAX = 20;

const cursorField = timedCursor("evt_");
const query = pageQuery
  .extend({
    format: formatField,
    cursor: cursorField,
    status: z.enum(EVENT_STATUSES).optional(),
    type: boundedText(100).min(1).optional(),
    objectId: boundedText(255).min(1).optional(),
  })
  .strict();

/** `/api/admin/events`: the inbox of Stripe's events. */
export const adminEventRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    validate("query", query),
    describeRoute(
      "Lists received Stripe events, newest first, as JSON or CSV.",
      list(listedEventView),
      [],
      AS_CSV,
    ),
    async (c) => {
      const { ctx } = c.var;
      const { format, ...params } = c.req.valid("query");
      if (format === "json") return c.json(await loadEventPage(ctx, params));
      const fetchPage = (limit: number, next: string | undefined) => {
        const cursor = next === undefined ? params.cursor : cursorField.parse(next);
        return loadEventPage(ctx, { ...params, limit, cursor });
      };
      return csvFile(c, "events", await listAsCsv({ columns: EVENT_COLUMNS, fetchPage }));
    },
  )
  .get("/:id", describeRoute("Returns an event.", listedEventView, ["not_found"]), async (c) => {
    const { db } = c.var.ctx;
    const id = c.req.param("id");
    const event = await findEvent(db, id);
    const [shown] = event === undefined ? [] : await showEvents(db, [event]);
    return shown === undefined
      ? refuse(c, { code: "not_found", message: `There is no event ${id}.` })
      : c.json(shown);
  })
  .post(
    "/:id/replay",
    describeRoute(
      "Reprocesses an event, whatever its status. Safe to run more than once.",
      replayResultView,
      ["not_found"],
    ),
    async (c) => {
      const replayed = await replayEvent(c.var.ctx, c.req.param("id"));
      return replayed.ok ? c.json(showReplayResult(replayed.value)) : refuse(c, replayed.failure);
    },
  );

/** `/api/admin/reconcile` */
export const adminReconcileRoutes = new Hono<AuthEnv>().post(
  "/",
  describeRoute(
    "Retries failed events, and fetches Stripe events that no webhook delivered.",
    reconcileResultView,
    ["stripe_refused", "billing_unavailable"],
  ),
  async (c) => {
    const { ctx } = c.var;
    const { tried, settled } = await retryEvents(ctx, RETRIES_MAX);
    // Unlike the cron, this leaves no young events to the webhook.
    const reconciled = await reconcile(ctx, { eventsMax: EVENTS_MAX, minAgeSeconds: 0 });
    if (!reconciled.ok) return refuse(c, reconciled.failure);
    const { listed, missed, isComplete } = reconciled.value;
    const entry = {
      actor: ctx.actor,
      action: "reconcile.run",
      subjectId: "stripe_events",
      after: { listed, missed: missed.map((event) => event.id), isComplete, tried, settled },
    };
    await record(ctx.db, entry, ctx.nowMs);
    return c.json(showReconcileResult(reconciled.value, { tried, settled }));
  },
);
