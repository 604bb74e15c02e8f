import { z } from "zod";
import { type Caller, requireCaller } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { type Failure, ok, type Result } from "../../errors.ts";
import { list } from "../../http/answer-fields.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { idCursor, type Page, pageQuery, toPage } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { canView, ownerFilter } from "../access/ownership.ts";
import { showSession } from "../orders/show.ts";
import {
  findSessionWithOrder,
  findSessionWithOrderByStripeId,
  listSessions,
} from "../orders/store.ts";
import { type CheckoutSessionView, checkoutSessionView } from "../orders/wire.ts";
import { SESSION_STATUSES } from "../tables.ts";
import { cancelSession } from "./cancel-session.ts";
import { refreshSession } from "./refresh-session.ts";

const userPageQuery = pageQuery.extend({ cursor: idCursor("css") });
const listQuery = userPageQuery.extend({ userId: boundedText(100).optional() });
const refreshQuery = z.strictObject({ refresh: z.enum(["true", "false"]).optional() });
const statusBody = z.strictObject({ status: z.enum(SESSION_STATUSES) });

const notFound = (id: string): Failure => ({
  code: "not_found",
  message: `There is no checkout session ${id}.`,
});

async function listSessionPage(
  { db }: Context,
  caller: Caller,
  userId: string | undefined,
  { limit, cursor }: z.infer<typeof userPageQuery>,
): Promise<Result<Page<CheckoutSessionView>>> {
  const owner = ownerFilter(caller, userId);
  if (!owner.ok) return owner;
  const sessions = await listSessions(db, { userId: owner.value, limit, cursor });
  return ok(toPage(sessions, limit, showSession, ({ session }) => session.id));
}

/** `/api/stripe-sessions` */
export const sessionRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    validate("query", listQuery),
    describeRoute(
      "Lists checkouts, newest first: the caller's, or everyone's for an admin.",
      list(checkoutSessionView),
      ["not_found"],
    ),
    async (c) => {
      const { userId, ...query } = c.req.valid("query");
      const page = await listSessionPage(c.var.ctx, c.var.caller, userId, query);
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  )
  .get(
    "/user/:userId",
    requireCaller("read"),
    validate("query", userPageQuery),
    describeRoute("Lists a user's checkouts, newest first.", list(checkoutSessionView), [
      "not_found",
    ]),
    async (c) => {
      const { ctx, caller } = c.var;
      const page = await listSessionPage(ctx, caller, c.req.param("userId"), c.req.valid("query"));
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  )
  .get(
    "/stripe-id/:stripeId",
    requireCaller("read"),
    validate("query", refreshQuery),
    describeRoute(
      "Returns a checkout by its Stripe ID. With `refresh=true`, a pending one is updated " +
        "from Stripe, at most every few seconds.",
      checkoutSessionView,
      ["not_found"],
    ),
    async (c) => {
      const stripeId = c.req.param("stripeId");
      const found = await findSessionWithOrderByStripeId(c.var.ctx.db, stripeId);
      if (found === undefined || !canView(c.var.caller, found.session.userId))
        return refuse(c, notFound(stripeId));
      const shouldRefresh = c.req.valid("query").refresh === "true";
      return c.json(showSession(shouldRefresh ? await refreshSession(c.var.ctx, found) : found));
    },
  )
  .get(
    "/:id",
    requireCaller("read"),
    describeRoute("Returns a checkout.", checkoutSessionView, ["not_found"]),
    async (c) => {
      const id = c.req.param("id");
      const found = await findSessionWithOrder(c.var.ctx.db, id);
      return found !== undefined && canView(c.var.caller, found.session.userId)
        ? c.json(showSession(found))
        : refuse(c, notFound(id));
    },
  )
  .patch(
    "/:id/status",
    requireCaller("billing", { whileSuspended: "all" }),
    validate("json", statusBody),
    describeRoute(
      "Cancels a pending checkout, at Stripe too. No other status can be set.",
      checkoutSessionView,
      ["not_found", "conflict", "stripe_refused", "billing_unavailable"],
    ),
    async (c) => {
      const id = c.req.param("id");
      const found = await findSessionWithOrder(c.var.ctx.db, id);
      if (found === undefined || found.session.userId !== c.var.caller.userId)
        return refuse(c, notFound(id));
      const { status } = c.req.valid("json");
      if (status !== "canceled") {
        const reason = `Only Stripe can set a checkout to ${status}`;
        const message = `${reason}; its owner may set "canceled".`;
        return refuse(c, { code: "conflict", message, param: "status" });
      }
      const canceled = await cancelSession(c.var.ctx, found.session);
      return canceled.ok
        ? c.json(showSession({ ...found, session: canceled.value }))
        : refuse(c, canceled.failure);
    },
  );
