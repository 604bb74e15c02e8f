import { z } from "zod";
import { requireCaller, requireSession } from "../../auth/index.ts";
import { database } from "../../db.ts";
import { router } from "../../http/factory.ts";
import { pageQuery, toPage } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { canView, ownerFilter } from "../access/ownership.ts";
import { revealKeyOnce } from "./order-key.ts";
import { showOrder } from "./show.ts";
import { findOrder, listOrders } from "./store.ts";

const listQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^ord_[0-9a-f]{32}$/, "is not a cursor of this list")
    .optional(),
  userId: z.string().max(100).optional(),
});

/** `/api/orders` */
export const orderRoutes = router()
  .get("/", requireCaller("read"), validate("query", listQuery), async (c) => {
    const { limit, cursor, userId } = c.req.valid("query");
    const owner = ownerFilter(c.var.caller, userId);
    if (!owner.ok) return refuse(c, owner.failure);
    const rows = await listOrders(database(c.env.DB), {
      userId: owner.value,
      limit,
      cursor,
    });
    return c.json(toPage(rows, limit, showOrder, (order) => order.id));
  })
  .get("/:id", requireCaller("read"), async (c) => {
    const id = c.req.param("id");
    const order = await findOrder(database(c.env.DB), id);
    if (order === undefined || !canView(c.var.caller, order.userId))
      return refuse(c, { code: "not_found", message: `There is no order ${id}.` });
    return c.json(showOrder(order));
  })
  // As with making a key: an API key cannot fetch another one, and an admin sees nobody else's.
  .get("/:id/api-key", requireSession, async (c) => {
    // Hono asks a GET's handler for HEAD, too, which must not use up what it does not show (RFC
    // 9110 §9.2.1).
    if (c.req.method === "HEAD")
      return refuse(c, { code: "invalid_request", message: "Ask with GET." });
    const id = c.req.param("id");
    const db = database(c.env.DB);
    const order = await findOrder(db, id);
    if (order === undefined || order.userId !== c.var.caller.userId)
      return refuse(c, { code: "not_found", message: `There is no order ${id}.` });
    const revealed = await revealKeyOnce(c.var.ctx, order);
    if (!revealed.ok) return refuse(c, revealed.failure);
    c.header("cache-control", "no-store");
    return c.json(revealed.value);
  });
