import { Hono } from "hono";
import {
  countActiveUsers,
  listTopUsers,
  listUsageByModel,
  listUsageByUpstream,
  type UsageTotals,
} from "../account/index.ts";
import { type AuthEnv, findUserReferences } from "../auth/index.ts";
import { countOrdersByStatus, listDailySales, listRecurringRevenue } from "../billing/index.ts";
import { listModelCosts, toUpstreamCost } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { type DayRange, dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { fromMicros, toCredits } from "../units.ts";
import { costOfDay } from "./cost-by-upstream.ts";
import { toMargin } from "./margin.ts";
import {
  type RevenueReportView,
  revenueReportView,
  type UsageReportView,
  type UsageTotalsView,
  usageReportView,
} from "./wire.ts";

const REVENUE_DAYS_MAX = 366;
export const USAGE_DAYS_MAX = 92;
const TOP_USERS_MAX = 20;

async function reportRevenue({ db }: Context, range: DayRange): Promise<RevenueReportView> {
  const [sales, recurring, active, orders] = await Promise.all([
    listDailySales(db, range),
    listRecurringRevenue(db),
    countActiveUsers(db, range),
    countOrdersByStatus(db, range),
  ]);
  return {
    from: range.from,
    to: range.to,
    days: sales.map((day) => ({ ...day, netMinor: day.salesMinor - day.refundedMinor })),
    recurring,
    activeUsers: active.users,
    activeUsersByDay: active.byDay,
    ordersByStatus: Object.fromEntries(orders.map((row) => [row.status, row.orders])),
  };
}

const showTotals = ({
  requests,
  inputTokens,
  cachedInputTokens,
  outputTokens,
  microcredits,
}: UsageTotals): UsageTotalsView => ({
  requests,
  inputTokens,
  cachedInputTokens,
  outputTokens,
  credits: toCredits(microcredits),
});

async function reportUsage({ db, config }: Context, range: DayRange): Promise<UsageReportView> {
  const { CREDIT_VALUE: value } = config;
  const [byModel, byUpstream, top, active] = await Promise.all([
    listUsageByModel(db, range),
    listUsageByUpstream(db, range),
    listTopUsers(db, range, TOP_USERS_MAX),
    countActiveUsers(db, range),
  ]);
  const [costs, names] = await Promise.all([
    listModelCosts(db, [...new Set(byModel.map(({ model }) => model))]),
    findUserReferences(
      db,
      top.map(({ userId }) => userId),
    ),
  ]);
  const parts = Map.groupBy(byUpstream, ({ day, model }) => `${day}/${model}`);
  return {
    from: range.from,
    to: range.to,
    creditValue:
      value === null ? null : { currency: value.currency, amount: fromMicros(value.micros) },
    days: byModel.map((row) => ({
      day: row.day,
      model: row.model,
      users: row.users,
      ...showTotals(row),
      ...toMargin(
        row.microcredits,
        costOfDay(row, parts.get(`${row.day}/${row.model}`) ?? [], (day) =>
          toUpstreamCost(day, costs.get(day.model) ?? []),
        ),
        value,
      ),
    })),
    activeUsers: active.users,
    activeUsersByDay: active.byDay,
    topUsers: top.map((row) => ({
      userId: row.userId,
      email: names.get(row.userId)?.email ?? null,
      name: names.get(row.userId)?.name ?? null,
      ...showTotals(row),
    })),
  };
}

/** `/api/admin/revenue` */
export const adminRevenueRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", dayRangeQuery),
  describeRoute(
    "Reports sales by day and currency, recurring revenue, active users, and orders by status.",
    revenueReportView,
    [],
  ),
  async (c) => {
    const { ctx } = c.var;
    const range = parseDayRange(c.req.valid("query"), REVENUE_DAYS_MAX, ctx.nowMs);
    return range.ok ? c.json(await reportRevenue(ctx, range.value)) : refuse(c, range.failure);
  },
);

/** `/api/admin/usage` */
export const adminUsageRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", dayRangeQuery),
  describeRoute(
    "Reports usage by day and model with its cost and margin, active users, and top users.",
    usageReportView,
    [],
  ),
  async (c) => {
    const { ctx } = c.var;
    const range = parseDayRange(c.req.valid("query"), USAGE_DAYS_MAX, ctx.nowMs);
    return range.ok ? c.json(await reportUsage(ctx, range.value)) : refuse(c, range.failure);
  },
);
