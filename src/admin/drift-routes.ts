import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { type Difference, DRIFT_SOURCES, listDrift, repairDrift } from "../billing/index.ts";
import { dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";

const MAX_DAYS = 366;
/** Each one compared is up to a dozen calls to Stripe, which a request waits for. */
const MAX_LIMIT = 25;

const query = dayRangeQuery.extend({
  of: z.enum(DRIFT_SOURCES).default("orders"),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(10),
  cursor: z
    .string()
    .max(255)
    .regex(/^(ord|sub|cs)_\w+$/, "is not a cursor of this list")
    .optional(),
});

const showDifference = ({ subject, what, here, atStripe }: Difference) => ({
  subjectId: subject.id,
  userId: subject.userId,
  what,
  here,
  atStripe,
  heal: subject.isRepairable ? `POST /api/admin/drift/${subject.id}/heal` : null,
});

/** `/api/admin/drift`: what is otherwise here than at Stripe. */
export const adminDriftRoutes = new Hono<AuthEnv>()
  .get("/", validate("query", query), async (c) => {
    const nowMs = Date.now();
    const { of, limit, cursor, ...dayQuery } = c.req.valid("query");
    const days = parseDayRange(dayQuery, MAX_DAYS, nowMs);
    if (!days.ok) return refuse(c, days.failure);
    const { from, to, fromMs, toMs } = days.value;
    const listed = await listDrift(c.var.ctx, { source: of, fromMs, toMs, limit, cursor });
    if (!listed.ok) return refuse(c, listed.failure);
    const { checked, differences, nextCursor } = listed.value;
    const page = {
      object: "list",
      data: differences.map(showDifference),
      hasMore: nextCursor !== null,
      nextCursor,
    } as const;
    return c.json({ ...page, of, from, to, checked });
  })
  .post("/:subjectId/heal", async (c) => {
    const subjectId = c.req.param("subjectId");
    const repaired = await repairDrift(c.var.ctx, subjectId);
    return repaired.ok
      ? c.json({ subjectId, outcome: repaired.value })
      : refuse(c, repaired.failure);
  });
