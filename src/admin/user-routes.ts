import { Hono } from "hono";
import { z } from "zod";
import { type AuthEnv, findUser, listUsers, ROLES } from "../auth/index.ts";
import { fail } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { describeRoute } from "../http/describe-route.ts";
import { planIdField, timeField } from "../http/fields.ts";
import { pageQuery, timedCursor, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { toMicrocredits } from "../units.ts";
import { grantView, listGrants } from "../usage/index.ts";
import { adjustCredits } from "./adjust-credits.ts";
import { operationId } from "./operation-id.ts";
import { loadUserDetails, showUser } from "./show-user.ts";
import { updateUser } from "./update-user.ts";
import { creditAdjustmentView, userDetailsView, userToAdminView } from "./wire.ts";

/** A cursor of a search, whose results are in the order of addresses: the last address. */
const addressCursor = boundedText(254)
  .regex(/^[^@\s]+@[^\s]+$/, "is not a cursor of this list")
  .transform((emailNormalized) => ({ emailNormalized }));

const query = pageQuery
  .extend({
    cursor: z.union([timedCursor("usr_"), addressCursor]),
    search: boundedText(254).trim().min(1).optional(),
    planId: planIdField.optional(),
    role: z.enum(ROLES).optional(),
  })
  .strict()
  .refine(
    ({ search, cursor }) => cursor === undefined || (search === undefined) === "atMs" in cursor,
    { path: ["cursor"], message: "is not a cursor of this list" },
  );

const updateBody = z.strictObject({
  role: z.enum(ROLES).optional(),
  planId: planIdField.nullable().optional(),
});

const CREDITS_MAX = 1_000_000_000;

const grantBody = z
  .strictObject({
    credits: z
      .number()
      .min(-CREDITS_MAX)
      .max(CREDITS_MAX)
      .refine(
        (credits) => toMicrocredits(credits) !== 0,
        "must be at least 0.000001, or at most -0.000001 to take credits",
      ),
    reason: boundedText(200)
      .trim()
      .min(1)
      .regex(/^\P{Cc}*$/u, "must not hold control characters")
      .refine((text) => text.isWellFormed(), "must be valid Unicode"),
    expiresAt: timeField.optional(),
  })
  .refine(({ credits, expiresAt }) => credits > 0 || expiresAt === undefined, {
    path: ["expiresAt"],
    message: "only credits that are given expire",
  });

const userNotFound = (userId: string) => fail("not_found", `There is no user ${userId}.`).failure;

/** `/api/admin/users` */
export const adminUserRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    validate("query", query),
    describeRoute(
      "Lists users, newest first; a `search` (an id, or the beginning of an address) by address.",
      list(userToAdminView),
      [],
    ),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid("query");
      const before =
        cursor !== undefined && "atMs" in cursor
          ? { createdAt: cursor.atMs, id: cursor.id }
          : cursor;
      const users = await listUsers(c.var.ctx.db, { ...filter, limit, before });
      return c.json(
        toPage(users, limit, showUser, ({ createdAt, id, emailNormalized }) =>
          filter.search === undefined ? `${createdAt}.${id}` : emailNormalized,
        ),
      );
    },
  )
  .get(
    "/:userId",
    describeRoute("Returns a user with their account and subscriptions.", userDetailsView, [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const userId = c.req.param("userId");
      const user = await findUser(ctx.db, userId);
      return user === undefined
        ? refuse(c, userNotFound(userId))
        : c.json(await loadUserDetails(ctx, user));
    },
  )
  .patch(
    "/:userId",
    validate("json", updateBody),
    describeRoute("Changes a user's role, or agrees on a custom plan by hand.", userDetailsView, [
      "not_found",
      "conflict",
      "billing_unavailable",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const changed = await updateUser(ctx, c.req.param("userId"), c.req.valid("json"));
      return changed.ok
        ? c.json(await loadUserDetails(ctx, changed.value))
        : refuse(c, changed.failure);
    },
  )
  .get(
    "/:userId/grants",
    validate("query", pageQuery.strict()),
    describeRoute("Lists a user's grants of credits, newest first.", list(grantView), [
      "not_found",
      "billing_unavailable",
    ]),
    async (c) => {
      const { env, db } = c.var.ctx;
      const userId = c.req.param("userId");
      if ((await findUser(db, userId)) === undefined) return refuse(c, userNotFound(userId));
      const page = await listGrants(env, userId, c.req.valid("query"));
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  )
  .post(
    "/:userId/grants",
    validate("json", grantBody),
    describeRoute(
      "Grants a user credits, or deducts them below 0.",
      creditAdjustmentView,
      ["not_found", "billing_unavailable"],
      { status: 201 },
    ),
    async (c) => {
      const { ctx } = c.var;
      const { credits, reason, expiresAt } = c.req.valid("json");
      const expiresAtMs = expiresAt === undefined ? null : Date.parse(expiresAt);
      if (expiresAtMs !== null && expiresAtMs <= ctx.nowMs) {
        const message = "expiresAt: must be in the future.";
        return refuse(c, { code: "invalid_request", message, param: "expiresAt" });
      }
      const adjusted = await adjustCredits(ctx, c.req.param("userId"), {
        operationId: await operationId(c),
        credits,
        reason,
        expiresAt: expiresAtMs,
      });
      return adjusted.ok ? c.json(adjusted.value, 201) : refuse(c, adjusted.failure);
    },
  );
