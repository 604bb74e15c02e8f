import { z } from "zod";
import { requireCaller, requireSession } from "../../auth/index.ts";
import { list } from "../../http/answer-fields.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { idCursor, pageQuery, toPage } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { SECOND_MS } from "../../time.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { canView, ownerFilter } from "../access/ownership.ts";
import { fetchReceipt } from "./fetch-receipt.ts";
import { revealKeyOnce } from "./order-key.ts";
import { showOrder } from "./show.ts";
import { findOrder, findOrderWithSession, listOrders } from "./store.ts";
import { WAIT_SECONDS_MAX, waitWhilePending } from "./wait-for-order.ts";
import { orderKeyView, orderView, receiptView } from "./wire.ts";

const listQuery = pageQuery.extend({
  cursor: idCursor("ord"),
  userId: boundedText(100).optional(),
});

const orderQuery = z.object({
  wait: z.coerce.number().int().min(0).max(WAIT_SECONDS_MAX).default(0),
});

/** `/api/orders` */
export const orderRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    validate("query", listQuery),
    describeRoute(
      "Lists orders, newest first: the caller's, or everyone's for an admin.",
      list(orderView),
      ["not_found"],
    ),
    async (c) => {
      const { caller, ctx } = c.var;
      const { limit, cursor, userId } = c.req.valid("query");
      const owner = ownerFilter(caller, userId);
      if (!owner.ok) return refuse(c, owner.failure);
      const rows = await listOrders(ctx.db, { userId: owner.value, limit, cursor });
      return c.json(toPage(rows, limit, showOrder, (order) => order.id));
    },
  )
  .get(
    "/:id",
    requireCaller("read"),
    validate("query", orderQuery),
    describeRoute(
      "Returns an order. With `wait`, as soon as it is no longer pending, or after that many " +
        "seconds.",
      orderView,
      ["not_found"],
    ),
    async (c) => {
      const { caller, ctx } = c.var;
      const id = c.req.param("id");
      const find = async () => {
        const order = await findOrderWithSession(ctx.db, id);
        return order !== undefined && canView(caller, order.userId) ? order : undefined;
      };
      const order = await waitWhilePending(find, c.req.valid("query").wait * SECOND_MS);
      return order === undefined
        ? refuse(c, { code: "not_found", message: `There is no order ${id}.` })
        : c.json(showOrder(order));
    },
  )
  .get(
    "/:id/receipt",
    requireCaller("read"),
    limitPayments,
    describeRoute("Returns the URL of an order's Stripe receipt.", receiptView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { caller, ctx } = c.var;
      const id = c.req.param("id");
      const order = await findOrder(ctx.db, id);
      if (order === undefined || !canView(caller, order.userId))
        return refuse(c, { code: "not_found", message: `There is no order ${id}.` });
      const receipt = await fetchReceipt(ctx, order);
      return receipt.ok ? c.json(receipt.value) : refuse(c, receipt.failure);
    },
  )
  // As with creating a key: an API key cannot fetch another one, and an admin sees nobody else's.
  .get(
    "/:id/api-key",
    requireSession,
    describeRoute(
      "Returns the API key an order includes. Works once, within 24 hours of payment, for " +
        "its owner.",
      orderKeyView,
      ["not_found"],
    ),
    async (c) => {
      // Hono calls a GET's handler for HEAD as well, which must not use up a key that it does not
      // show (RFC 9110 §9.2.1).
      if (c.req.method === "HEAD")
        return refuse(c, { code: "invalid_request", message: "Use GET." });
      const { caller, ctx } = c.var;
      const id = c.req.param("id");
      const order = await findOrder(ctx.db, id);
      if (order === undefined || order.userId !== caller.userId)
        return refuse(c, { code: "not_found", message: `There is no order ${id}.` });
      const revealed = await revealKeyOnce(ctx, order);
      if (!revealed.ok) return refuse(c, revealed.failure);
      c.header("cache-control", "no-store");
      return c.json(revealed.value);
    },
  );
