import { Hono } from "hono";
import { z } from "zod";
import { record } from "../audit/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import {
  EVENT_STATUSES,
  findEvent,
  listEvents,
  reconcile,
  replayEvent,
  retryEvents,
  showEvent,
  showReconcileResult,
  showReplayResult,
} from "../billing/index.ts";
import { database } from "../db.ts";
import { pageQuery, timedCursor, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";

/** What one call does, within D1's 1000 queries an invocation. */
const EVENTS_MAX = 40;
const RETRIES_MAX = 20;

const query = pageQuery
  .extend({
    cursor: timedCursor("evt_"),
    status: z.enum(EVENT_STATUSES).optional(),
    type: z.string().min(1).max(100).optional(),
    objectId: z.string().min(1).max(255).optional(),
  })
  .strict();

/** `/api/admin/events`: the inbox of Stripe's events. */
export const adminEventRoutes = new Hono<AuthEnv>()
  .get("/", validate("query", query), async (c) => {
    const { limit, cursor, ...filter } = c.req.valid("query");
    const before = cursor === undefined ? undefined : { receivedAt: cursor.atMs, id: cursor.id };
    const events = await listEvents(database(c.env.DB), { ...filter, limit, cursor: before });
    return c.json(toPage(events, limit, showEvent, (event) => `${event.receivedAt}.${event.id}`));
  })
  .get("/:id", async (c) => {
    const id = c.req.param("id");
    const event = await findEvent(database(c.env.DB), id);
    if (event === undefined)
      return refuse(c, { code: "not_found", message: `There is no event ${id} in the inbox.` });
    return c.json(showEvent(event));
  })
  .post("/:id/replay", async (c) => {
    const replayed = await replayEvent(c.var.ctx, c.req.param("id"));
    return replayed.ok ? c.json(showReplayResult(replayed.value)) : refuse(c, replayed.failure);
  });

/**
 * `/api/admin/reconcile`: what the cron does, now, and also for events that it would still leave to
 * the webhook.
 */
export const adminReconcileRoutes = new Hono<AuthEnv>().post("/", async (c) => {
  const nowMs = Date.now();
  const { tried, settled } = await retryEvents(c.var.ctx, RETRIES_MAX);
  const reconciled = await reconcile(c.var.ctx, {
    eventsMax: EVENTS_MAX,
    minAgeSeconds: 0,
  });
  if (!reconciled.ok) return refuse(c, reconciled.failure);
  const { listed, missed, isComplete } = reconciled.value;
  const after = { listed, missed: missed.map((event) => event.id), isComplete, tried, settled };
  const entry = {
    actor: c.var.ctx.actor,
    action: "reconcile.run",
    subjectId: "stripe_events",
    after,
  };
  await record(database(c.env.DB), entry, nowMs);
  return c.json({ ...showReconcileResult(reconciled.value), retried: { tried, settled } });
});
