import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import {
  listAllOrders,
  ORDER_KINDS,
  ORDER_STATUSES,
  orderToAdminView,
  showOrderToAdmin,
} from "../billing/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { idCursor, pageQuery, toPage } from "../http/page.ts";
import { validate } from "../http/validate.ts";

const query = pageQuery
  .extend({
    cursor: idCursor("ord"),
    status: z.enum(ORDER_STATUSES).optional(),
    kind: z.enum(ORDER_KINDS).optional(),
    userId: boundedText(100).min(1).optional(),
  })
  .strict();

/** `/api/admin/orders` */
export const adminOrderRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", query),
  describeRoute("Lists the orders of all users, newest first.", list(orderToAdminView), []),
  async (c) => {
    const params = c.req.valid("query");
    const orders = await listAllOrders(c.var.ctx.db, params);
    return c.json(toPage(orders, params.limit, showOrderToAdmin, (order) => order.id));
  },
);
