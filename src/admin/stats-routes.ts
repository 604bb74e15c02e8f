import { Hono } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import {
  countActiveSubscriptions,
  countSubscriptions,
  type SubscriptionCounts,
} from "../billing/index.ts";
import type { Context } from "../context.ts";
import { type DayRange, dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { type SubscriptionStatsView, subscriptionStatsView } from "./wire.ts";

const DAYS_MAX = 366;

/** Returns a part of a whole, to four decimals; null of nothing. */
const rateOf = (part: number, whole: number): number | null =>
  whole <= 0 ? null : Math.round((part / whole) * 10_000) / 10_000;

/**
 * Shows the counts of a range of days. Churn is the share of the subscriptions that were active at
 * the beginning, or started since, which were lost: that sum is those active at the end and those
 * that ended. Pure.
 * @param since what began and ended after the range, up to now
 */
export function showSubscriptionStats(
  { from, to }: DayRange,
  counts: SubscriptionCounts,
  activeNow: number,
  since: SubscriptionCounts,
): SubscriptionStatsView {
  const active = Math.max(0, activeNow - since.started + since.ended);
  const { started, ended, churned, trialsStarted, trialsEnded, trialsConverted } = counts;
  return {
    from,
    to,
    subscriptions: { active, started, ended, churned, churnRate: rateOf(churned, active + ended) },
    trials: {
      started: trialsStarted,
      ended: trialsEnded,
      converted: trialsConverted,
      conversionRate: rateOf(trialsConverted, trialsEnded),
    },
  };
}

async function reportSubscriptions(
  { db, nowMs }: Context,
  range: DayRange,
): Promise<SubscriptionStatsView> {
  const endMs = Math.min(range.toMs, Math.max(nowMs, range.fromMs));
  const [counts, since, activeNow] = await Promise.all([
    countSubscriptions(db, { fromMs: range.fromMs, toMs: endMs }),
    countSubscriptions(db, { fromMs: endMs, toMs: Math.max(nowMs, endMs) }),
    countActiveSubscriptions(db),
  ]);
  return showSubscriptionStats(range, counts, activeNow, since);
}

/** `/api/admin/stats` */
export const adminStatsRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", dayRangeQuery),
  describeRoute(
    "Reports the subscriptions and trials that began and ended, churn, and trial conversion.",
    subscriptionStatsView,
    [],
  ),
  async (c) => {
    const { ctx } = c.var;
    const range = parseDayRange(c.req.valid("query"), DAYS_MAX, ctx.nowMs);
    return range.ok
      ? c.json(await reportSubscriptions(ctx, range.value))
      : refuse(c, range.failure);
  },
);
