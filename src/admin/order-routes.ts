import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { listAllOrders, ORDER_KINDS, ORDER_STATUSES, showOrderToAdmin } from "../billing/index.ts";
import { database } from "../db.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { validate } from "../http/validate.ts";

const query = pageQuery
  .extend({
    cursor: z
      .string()
      .regex(/^ord_[0-9a-f]{32}$/, "is not a cursor of this list")
      .optional(),
    status: z.enum(ORDER_STATUSES).optional(),
    kind: z.enum(ORDER_KINDS).optional(),
    userId: z.string().min(1).max(100).optional(),
  })
  .strict();

/** `/api/admin/orders`: every sale, newest first. */
export const adminOrderRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  async (c) => {
    const { limit, cursor, ...filter } = c.req.valid("query");
    const orders = await listAllOrders(database(c.env.DB), { ...filter, limit, before: cursor });
    return c.json(toPage(orders, limit, showOrderToAdmin, (order) => order.id));
  },
);
