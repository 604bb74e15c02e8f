import { Hono } from "hono";
import { z } from "zod";
import { type AuthEnv, externalIdField, findUser, ROLES } from "../auth/index.ts";
import { fail } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { csvFile } from "../http/csv.ts";
import { describeRoute } from "../http/describe-route.ts";
import { planIdField, timeField } from "../http/fields.ts";
import { pageQuery, timedCursor } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { toMicrocredits } from "../units.ts";
import { grantView, listGrants } from "../usage/index.ts";
import { adjustCredits } from "./adjust-credits.ts";
import { AS_CSV, formatField, listAsCsv } from "./list-as-csv.ts";
import { operationId } from "./operation-id.ts";
import { loadUserDetails } from "./show-user.ts";
import { updateUser } from "./update-user.ts";
import { loadUserPage, USER_COLUMNS } from "./user-list.ts";
import { creditAdjustmentView, listedUserView, userDetailsView } from "./wire.ts";

const cursorField = timedCursor("usr_");

const query = pageQuery
  .extend({
    format: formatField,
    cursor: cursorField,
    search: boundedText(254).trim().min(1).optional(),
    planId: planIdField.optional(),
    role: z.enum(ROLES).optional(),
    credits: z
      .enum(["true", "false"])
      .default("false")
      .transform((value) => value === "true"),
  })
  .strict();

const updateBody = z.strictObject({
  role: z.enum(ROLES).optional(),
  planId: planIdField.nullable().optional(),
  externalId: externalIdField.nullable().optional(),
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
        "must be at least 0.000001, or at most -0.000001 to deduct credits",
      ),
    reason: boundedText(200)
      .trim()
      .min(1)
      .regex(/^\P{Cc}*$/u, "must not contain control characters")
      .refine((text) => text.isWellFormed(), "must be valid Unicode"),
    expiresAt: timeField.optional(),
  })
  .refine(({ credits, expiresAt }) => credits > 0 || expiresAt === undefined, {
    path: ["expiresAt"],
    message: "applies only to credits you add, not to a deduction",
  });

const userNotFound = (userId: string) => fail("not_found", `There is no user ${userId}.`).failure;

/** `/api/admin/users` */
export const adminUserRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    validate("query", query),
    describeRoute(
      "Lists users, newest first; as CSV on request. `search` is an id, or any part of an " +
        "address or a name: it looks through 20,000 users a page, which may then not be full.",
      list(listedUserView),
      [],
      AS_CSV,
    ),
    async (c) => {
      const { ctx } = c.var;
      const { format, ...params } = c.req.valid("query");
      if (format === "json") return c.json(await loadUserPage(ctx, params));
      const fetchPage = (limit: number, next: string | undefined) => {
        const cursor = next === undefined ? params.cursor : cursorField.parse(next);
        // An account is a call each, and a file has more users than a request has calls.
        return loadUserPage(ctx, { ...params, credits: false, limit, cursor });
      };
      return csvFile(c, "users", await listAsCsv({ columns: USER_COLUMNS, fetchPage }));
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
    describeRoute(
      "Changes a user's role or external ID, or assigns a custom plan.",
      userDetailsView,
      ["not_found", "conflict", "billing_unavailable"],
    ),
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
    describeRoute("Lists a user's credit grants, newest first.", list(grantView), [
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
      "Adds credits to a user, or deducts them if the amount is negative.",
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
