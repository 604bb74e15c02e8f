import { Hono } from "hono";
import { z } from "zod";
import { record } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import {
  EVENT_STATUSES,
  eventView,
  findEvent,
  listEvents,
  reconcile,
  reconcileResultView,
  replayEvent,
  replayResultView,
  retryEvents,
  showEvent,
  showReconcileResult,
  showReplayResult,
} from "../billing/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { pageQuery, timedCursor, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";

/** The limits of one call, within D1's 1000 queries an invocation. */
const EVENTS_MAX = 40;
const RETRIES_MAX = 20;

const query = pageQuery
  .extend({
    cursor: timedCursor("evt_"),
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
    describeRoute("Lists the inbox of Stripe's events, newest first.", list(eventView), []),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid("query");
      const before = cursor === undefined ? undefined : { receivedAt: cursor.atMs, id: cursor.id };
      const events = await listEvents(c.var.ctx.db, { ...filter, limit, cursor: before });
      return c.json(
        toPage(events, limit, showEvent, ({ receivedAt, id }) => `${receivedAt}.${id}`),
      );
    },
  )
  .get("/:id", describeRoute("Returns an event.", eventView, ["not_found"]), async (c) => {
    const id = c.req.param("id");
    const event = await findEvent(c.var.ctx.db, id);
    return event === undefined
      ? refuse(c, { code: "not_found", message: `There is no event ${id} in the inbox.` })
      : c.json(showEvent(event));
  })
  .post(
    "/:id/replay",
    describeRoute("Handles an event again, whatever its status.", replayResultView, ["not_found"]),
    async (c) => {
      const replayed = await replayEvent(c.var.ctx, c.req.param("id"));
      return replayed.ok ? c.json(showReplayResult(replayed.value)) : refuse(c, replayed.failure);
    },
  );

/** `/api/admin/reconcile` */
export const adminReconcileRoutes = new Hono<AuthEnv>().post(
  "/",
  describeRoute(
    "Retries failed events, and handles Stripe's events that no webhook brought.",
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
