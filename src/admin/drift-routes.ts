import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { DRIFT_SOURCES, listDrift, repairDrift, showDifference } from "../billing/index.ts";
import { boundedText } from "../http/bounded.ts";
import { dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { findUsersOf } from "./references.ts";
import { type DriftPageView, driftPageView, driftRepairView } from "./wire.ts";

const DAYS_MAX = 366;
/** The maximum of `limit`. Each comparison is up to a dozen calls to Stripe within the request. */
const LIMIT_MAX = 25;

const query = dayRangeQuery.extend({
  of: z.enum(DRIFT_SOURCES).default("orders"),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(10),
  cursor: boundedText(255)
    .regex(/^(ord|sub|cs)_\w+$/, "must be the nextCursor of an earlier page of this list")
    .optional(),
});

/** `/api/admin/drift` */
export const adminDriftRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    validate("query", query),
    describeRoute("Lists differences between Farebox's records and Stripe's.", driftPageView, [
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const { of, limit, cursor, ...days } = c.req.valid("query");
      const range = parseDayRange(days, DAYS_MAX, ctx.nowMs);
      if (!range.ok) return refuse(c, range.failure);
      const { from, to, fromMs, toMs } = range.value;
      const listed = await listDrift(ctx, { source: of, fromMs, toMs, limit, cursor });
      if (!listed.ok) return refuse(c, listed.failure);
      const { checked, differences, nextCursor } = listed.value;
      const userOf = await findUsersOf(
        ctx.db,
        differences.map(({ subject }) => subject.userId),
      );
      const page: DriftPageView = {
        object: "list",
        data: differences.map((difference) => ({
          ...showDifference(difference),
          user: userOf(difference.subject.userId),
        })),
        hasMore: nextCursor !== null,
        nextCursor,
        of,
        from,
        to,
        checked,
      };
      return c.json(page);
    },
  )
  .post(
    "/:subjectId/heal",
    describeRoute("Syncs an order, subscription or invoice with Stripe.", driftRepairView, [
      "not_found",
      "stripe_refused",
      "billing_unavailable",
    ]),
    async (c) => {
      const subjectId = c.req.param("subjectId");
      const repaired = await repairDrift(c.var.ctx, subjectId);
      return repaired.ok
        ? c.json({ subjectId, outcome: repaired.value })
        : refuse(c, repaired.failure);
    },
  );
