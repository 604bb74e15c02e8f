import { Hono } from "hono";
import {
  countActiveUsers,
  listTopUsers,
  listUsageByModel,
  type UsageTotals,
} from "../account/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { ordersByStatus, recurringRevenue, salesByDay } from "../billing/index.ts";
import { listModelCosts, toUpstreamCost } from "../catalog/index.ts";
import { database } from "../db.ts";
import { dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { fromMicros, toCredits } from "../units.ts";
import { toMargin } from "./margin.ts";

const MAX_REVENUE_DAYS = 366;
const MAX_USAGE_DAYS = 92;
const TOP_USERS_MAX = 20;

const showTotals = ({
  requests,
  inputTokens,
  cachedInputTokens,
  outputTokens,
  microcredits,
}: UsageTotals) => ({
  requests,
  inputTokens,
  cachedInputTokens,
  outputTokens,
  credits: toCredits(microcredits),
});

/**
 * `/api/admin/revenue`: money by day and currency. What went back counts on the day of the sale.
 */
export const adminRevenueRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", dayRangeQuery),
  async (c) => {
    const days = parseDayRange(c.req.valid("query"), MAX_REVENUE_DAYS, Date.now());
    if (!days.ok) return refuse(c, days.failure);
    const { from, to } = days.value;
    const db = database(c.env.DB);
    const [sales, recurring, active, orders] = await Promise.all([
      salesByDay(db, days.value),
      recurringRevenue(db),
      countActiveUsers(db, days.value),
      ordersByStatus(db, days.value),
    ]);
    return c.json({
      from,
      to,
      days: sales.map((day) => ({ ...day, netMinor: day.salesMinor - day.refundedMinor })),
      recurring,
      activeUsers: active.users,
      activeUsersByDay: active.byDay,
      ordersByStatus: Object.fromEntries(orders.map((row) => [row.status, row.orders])),
    });
  },
);

/** `/api/admin/usage`: what was used, by day and model, what that cost, and by whom most. */
export const adminUsageRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", dayRangeQuery),
  async (c) => {
    const days = parseDayRange(c.req.valid("query"), MAX_USAGE_DAYS, Date.now());
    if (!days.ok) return refuse(c, days.failure);
    const { from, to } = days.value;
    const { CREDIT_VALUE: value } = c.var.ctx.config;
    const db = database(c.env.DB);
    const [byModel, top, active] = await Promise.all([
      listUsageByModel(db, days.value),
      listTopUsers(db, days.value, TOP_USERS_MAX),
      countActiveUsers(db, days.value),
    ]);
    const costs = await listModelCosts(db, [...new Set(byModel.map(({ model }) => model))]);
    return c.json({
      from,
      to,
      creditValue:
        value === null ? null : { currency: value.currency, amount: fromMicros(value.micros) },
      days: byModel.map((row) => ({
        day: row.day,
        model: row.model,
        users: row.users,
        ...showTotals(row),
        ...toMargin(row.microcredits, toUpstreamCost(row, costs.get(row.model) ?? []), value),
      })),
      activeUsers: active.users,
      activeUsersByDay: active.byDay,
      topUsers: top.map((row) => ({ userId: row.userId, ...showTotals(row) })),
    });
  },
);
