import { Hono } from "hono";
import { countActiveUsers, listTopUsers, type UsageTotals, listUsageByModel } from "../account/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { ordersByStatus, recurringRevenue, salesByDay } from "../billing/index.ts";
import { costHistory, costOfUse } from "../catalog/index.ts";
import { database } from "../db.ts";
import { daysOf, daysQuery } from "../http/days.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { fromMicros, toCredits } from "../units.ts";
import { marginOf } from "./margin.ts";

const MOST_DAYS_OF_REVENUE = 366;
const MOST_DAYS_OF_USAGE = 92;
const TOP = 20;

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
  validate("query", daysQuery),
  async (c) => {
    const days = daysOf(c.req.valid("query"), MOST_DAYS_OF_REVENUE, Date.now());
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
  validate("query", daysQuery),
  async (c) => {
    const days = daysOf(c.req.valid("query"), MOST_DAYS_OF_USAGE, Date.now());
    if (!days.ok) return refuse(c, days.failure);
    const { from, to } = days.value;
    const { CREDIT_VALUE: value } = c.var.config;
    const db = database(c.env.DB);
    const [byModel, top, active] = await Promise.all([
      listUsageByModel(db, days.value),
      listTopUsers(db, days.value, TOP),
      countActiveUsers(db, days.value),
    ]);
    const costs = await costHistory(db, [...new Set(byModel.map(({ model }) => model))]);
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
        ...marginOf(row.microcredits, costOfUse(row, costs.get(row.model) ?? []), value),
      })),
      activeUsers: active.users,
      activeUsersByDay: active.byDay,
      topUsers: top.map((row) => ({ userId: row.userId, ...showTotals(row) })),
    });
  },
);
