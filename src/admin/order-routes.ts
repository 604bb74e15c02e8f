import { Hono } from "hono";
import { z } from "zod";
import type { AuthEnv } from "../auth/index.ts";
import { ORDER_KINDS, ORDER_STATUSES } from "../billing/index.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { csvFile } from "../http/csv.ts";
import { describeRoute } from "../http/describe-route.ts";
import { idCursor, pageQuery } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { AS_CSV, formatField, listAsCsv } from "./list-as-csv.ts";
import { loadOrderPage, ORDER_COLUMNS } from "./order-list.ts";
import { loadOrderDetails } from "./sale-details.ts";
import { listedOrderView, orderDetailsView } from "./wire.ts";

const query = pageQuery
  .extend({
    format: formatField,
    cursor: idCursor("ord"),
    status: z.enum(ORDER_STATUSES).optional(),
    kind: z.enum(ORDER_KINDS).optional(),
    userId: boundedText(100).min(1).optional(),
  })
  .strict();

/** `/api/admin/orders` */
export const adminOrderRoutes = new Hono<AuthEnv>()
  .get(
    "/:id",
    describeRoute("Returns an order, with the credits that a refund removes.", orderDetailsView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const id = c.req.param("id");
      const order = await loadOrderDetails(c.var.ctx, id);
      return order === undefined
        ? refuse(c, { code: "not_found", message: `There is no order ${id}.` })
        : c.json(order);
    },
  )
  .get(
    "/",
    validate("query", query),
    describeRoute(
      "Lists the orders of all users, newest first; as CSV on request.",
      list(listedOrderView),
      [],
      AS_CSV,
    ),
    async (c) => {
      const { ctx } = c.var;
      const { format, ...params } = c.req.valid("query");
      if (format === "json") return c.json(await loadOrderPage(ctx, params));
      const fetchPage = (limit: number, cursor = params.cursor) =>
        loadOrderPage(ctx, { ...params, limit, cursor });
      return csvFile(c, "orders", await listAsCsv({ columns: ORDER_COLUMNS, fetchPage }));
    },
  );
