import { z } from "zod";
import { type Caller, requireCaller } from "../../auth/index.ts";
import { database } from "../../db.ts";
import { type Failure, fail } from "../../errors.ts";
import { router } from "../../http/factory.ts";
import { pageQuery, toPage } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { canView, ownerFilter } from "../access/ownership.ts";
import { showSession } from "../orders/show.ts";
import {
  findSessionWithOrder,
  findSessionWithOrderByStripeId,
  listSessions,
  type SessionWithOrder,
} from "../orders/store.ts";
import { SESSION_STATUSES } from "../tables.ts";
import { cancelSession } from "./cancel-session.ts";

const page = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^css_[0-9a-f]{32}$/, "is not a cursor of this list")
    .optional(),
});
const ownerPage = page.extend({ userId: z.string().max(100).optional() });
const statusBody = z.strictObject({ status: z.enum(SESSION_STATUSES) });

const notFound = (id: string): Failure => ({
  code: "not_found",
  message: `There is no checkout session ${id}.`,
});

async function listSessionPage(
  d1: D1Database,
  caller: Caller,
  userId: string | undefined,
  query: z.infer<typeof page>,
) {
  const owner = ownerFilter(caller, userId);
  if (!owner.ok) return owner;
  const rows = await listSessions(database(d1), {
    userId: owner.value,
    limit: query.limit,
    cursor: query.cursor,
  });
  return {
    ok: true,
    value: toPage(rows, query.limit, showSession, (row) => row.session.id),
  } as const;
}

const onlyIfViewable = (
  caller: Caller,
  found: SessionWithOrder | undefined,
): SessionWithOrder | undefined =>
  found !== undefined && canView(caller, found.session.userId) ? found : undefined;

/** `/api/stripe-sessions` */
export const sessionRoutes = router()
  .get("/", requireCaller("read"), validate("query", ownerPage), async (c) => {
    const query = c.req.valid("query");
    const result = await listSessionPage(c.env.DB, c.var.caller, query.userId, query);
    return result.ok ? c.json(result.value) : refuse(c, result.failure);
  })
  .get("/user/:userId", requireCaller("read"), validate("query", page), async (c) => {
    const result = await listSessionPage(
      c.env.DB,
      c.var.caller,
      c.req.param("userId"),
      c.req.valid("query"),
    );
    return result.ok ? c.json(result.value) : refuse(c, result.failure);
  })
  .get("/stripe-id/:stripeId", requireCaller("read"), async (c) => {
    const stripeId = c.req.param("stripeId");
    const found = onlyIfViewable(
      c.var.caller,
      await findSessionWithOrderByStripeId(database(c.env.DB), stripeId),
    );
    return found === undefined ? refuse(c, notFound(stripeId)) : c.json(showSession(found));
  })
  .get("/:id", requireCaller("read"), async (c) => {
    const id = c.req.param("id");
    const found = onlyIfViewable(c.var.caller, await findSessionWithOrder(database(c.env.DB), id));
    return found === undefined ? refuse(c, notFound(id)) : c.json(showSession(found));
  })
  .patch("/:id/status", requireCaller("write"), validate("json", statusBody), async (c) => {
    const id = c.req.param("id");
    const found = await findSessionWithOrder(database(c.env.DB), id);
    if (found === undefined || found.session.userId !== c.var.caller.userId)
      return refuse(c, notFound(id));
    const { status } = c.req.valid("json");
    if (status !== "canceled") {
      const message = `Only Stripe's word makes a checkout ${status}; its owner may set "canceled".`;
      return refuse(c, fail("conflict", message, { param: "status" }).failure);
    }
    const canceled = await cancelSession(c.var.ctx, found.session);
    return canceled.ok
      ? c.json(showSession({ ...found, session: canceled.value }))
      : refuse(c, canceled.failure);
  });
