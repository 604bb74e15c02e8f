import { Hono } from "hono";
import { z } from "zod";
import { creditAccount } from "../account/index.ts";
import { type AuthEnv, findUser, listUsers, ROLES, type User } from "../auth/index.ts";
import { listSubscriptions } from "../billing/index.ts";
import { findPlan } from "../catalog/index.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { pageQuery, timedCursor, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toMicrocredits } from "../units.ts";
import { listGrants, showUsage } from "../usage/index.ts";
import { adjustCredits } from "./adjust-credits.ts";
import { operationId } from "./operation-id.ts";
import { updateUser } from "./update-user.ts";

const query = pageQuery
  .extend({
    cursor: timedCursor("usr_"),
    search: z.string().trim().min(1).max(254).optional(),
    planId: z.string().min(1).max(100).optional(),
    role: z.enum(ROLES).optional(),
  })
  .strict();

const updateBody = z.strictObject({
  role: z.enum(ROLES).optional(),
  planId: z.string().min(1).max(100).nullable().optional(),
});

const MAX_CREDITS = 1_000_000_000;

const grantBody = z
  .strictObject({
    credits: z
      .number()
      .min(-MAX_CREDITS)
      .max(MAX_CREDITS)
      .refine(
        (credits) => toMicrocredits(credits) !== 0,
        "must be at least 0.000001, or at most -0.000001 to take credits",
      ),
    reason: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, "must not hold control characters")
      .refine((text) => text.isWellFormed(), "must be valid Unicode"),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ credits, expiresAt }) => credits > 0 || expiresAt === undefined, {
    path: ["expiresAt"],
    message: "only credits that are given expire",
  });

const toIso = (ms: number): string => new Date(ms).toISOString();
const toIsoOrNull = (ms: number | null): string | null => (ms === null ? null : toIso(ms));

const showUser = ({
  id,
  email,
  name,
  role,
  planId,
  assignedPlanId,
  firstPaidAt,
  createdAt,
}: User) => ({
  id,
  email,
  name,
  role,
  planId,
  assignedPlanId,
  firstPaidAt: toIsoOrNull(firstPaidAt),
  createdAt: toIso(createdAt),
});

/**
 * A user with their plan, where the account stands (null while it is not open), and the
 * subscriptions, newest first.
 */
async function showUserDetails(env: Env, user: User) {
  const db = database(env.DB);
  const [plan, summary, subscriptions] = await Promise.all([
    findPlan(db, user.planId),
    orUnavailable(creditAccount(env, user.id).summary()),
    listSubscriptions(db, user.id),
  ]);
  return {
    ...showUser(user),
    plan: { id: user.planId, name: plan?.name ?? user.planId },
    account: summary.ok ? { planId: summary.value.planId, ...showUsage(summary.value) } : null,
    subscriptions: subscriptions.map((row) => ({
      id: row.id,
      planId: row.planId,
      status: row.status,
      quantity: row.quantity,
      currency: row.currency,
      currentPeriodEnd: toIso(row.currentPeriodEnd),
      trialEnd: toIsoOrNull(row.trialEnd),
      cancelAtPeriodEnd: row.cancelAtPeriodEnd,
      endedAt: toIsoOrNull(row.endedAt),
      createdAt: toIso(row.createdAt),
    })),
  };
}

/** `/api/admin/users` */
export const adminUserRoutes = new Hono<AuthEnv>()
  .get("/", validate("query", query), async (c) => {
    const { limit, cursor, ...params } = c.req.valid("query");
    const before = cursor === undefined ? undefined : { createdAt: cursor.atMs, id: cursor.id };
    const users = await listUsers(database(c.env.DB), { ...params, limit, before });
    return c.json(toPage(users, limit, showUser, (user) => `${user.createdAt}.${user.id}`));
  })
  .get("/:userId", async (c) => {
    const userId = c.req.param("userId");
    const user = await findUser(database(c.env.DB), userId);
    if (user === undefined)
      return refuse(c, { code: "not_found", message: `There is no user ${userId}.` });
    return c.json(await showUserDetails(c.env, user));
  })
  .patch("/:userId", validate("json", updateBody), async (c) => {
    const params = c.req.valid("json");
    const changed = await updateUser(c.var.ctx, c.req.param("userId"), params);
    return changed.ok
      ? c.json(await showUserDetails(c.env, changed.value))
      : refuse(c, changed.failure);
  })
  .get("/:userId/grants", validate("query", pageQuery.strict()), async (c) => {
    const userId = c.req.param("userId");
    if ((await findUser(database(c.env.DB), userId)) === undefined)
      return refuse(c, { code: "not_found", message: `There is no user ${userId}.` });
    const page = await listGrants(c.env, userId, c.req.valid("query"));
    return page.ok ? c.json(page.value) : refuse(c, page.failure);
  })
  .post("/:userId/grants", validate("json", grantBody), async (c) => {
    const nowMs = Date.now();
    const { credits, reason, expiresAt } = c.req.valid("json");
    const endsAt = expiresAt === undefined ? null : Date.parse(expiresAt);
    if (endsAt !== null && endsAt <= nowMs)
      return refuse(c, {
        code: "invalid_request",
        message: "expiresAt: must be in the future.",
        param: "expiresAt",
      });
    const params = { operationId: await operationId(c, nowMs), credits, reason, expiresAt: endsAt };
    const adjusted = await adjustCredits(c.var.ctx, c.req.param("userId"), params);
    return adjusted.ok ? c.json(adjusted.value, 201) : refuse(c, adjusted.failure);
  });
