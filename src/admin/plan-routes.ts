import { Hono } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import {
  createPlan,
  deactivatePlan,
  findPlan,
  listPlans,
  newPlan,
  parsePlanCursor,
  planPatch,
  planToAdminView,
  showPlanToAdmin,
  toPlanCursor,
  updatePlan,
} from "../catalog/index.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { auditCatalogChange } from "./audit-catalog-change.ts";
import { PUSHES_MAX, pushEntitlements } from "./push-entitlements.ts";

/** `/api/admin/plans` */
export const adminPlanRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    validate("query", pageQuery),
    describeRoute("Lists all plans.", list(planToAdminView), []),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const after = parsePlanCursor(cursor);
      if (!after.ok) return refuse(c, after.failure);
      const plans = await listPlans(c.var.ctx.db, {
        activeOnly: false,
        limit: limit + 1,
        after: after.value,
      });
      return c.json(toPage(plans, limit, showPlanToAdmin, toPlanCursor));
    },
  )
  .get(
    "/:idOrSlug",
    describeRoute("Returns a plan.", planToAdminView, ["not_found"]),
    async (c) => {
      const idOrSlug = c.req.param("idOrSlug");
      const plan = await findPlan(c.var.ctx.db, idOrSlug);
      return plan === undefined
        ? refuse(c, { code: "not_found", message: `There is no plan ${idOrSlug}.` })
        : c.json(showPlanToAdmin(plan));
    },
  )
  .post(
    "/",
    validate("json", newPlan),
    describeRoute("Creates a plan.", planToAdminView, ["conflict"], { status: 201 }),
    async (c) => {
      const { ctx } = c.var;
      const plan = c.req.valid("json");
      const audit = auditCatalogChange(ctx, {
        kind: "plan",
        requested: plan,
        show: showPlanToAdmin,
      });
      const created = await createPlan(ctx, plan, audit);
      return created.ok ? c.json(showPlanToAdmin(created.value), 201) : refuse(c, created.failure);
    },
  )
  .patch(
    "/:idOrSlug",
    validate("json", planPatch),
    describeRoute("Updates a plan and the accounts on it.", planToAdminView, [
      "not_found",
      "conflict",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const patch = c.req.valid("json");
      const audit = auditCatalogChange(ctx, {
        kind: "plan",
        requested: patch,
        show: showPlanToAdmin,
      });
      const updated = await updatePlan(ctx, c.req.param("idOrSlug"), patch, audit);
      if (!updated.ok) return refuse(c, updated.failure);
      // The cron pushes to the users that are left.
      c.executionCtx.waitUntil(pushEntitlements(ctx, PUSHES_MAX));
      return c.json(showPlanToAdmin(updated.value));
    },
  )
  .delete(
    "/:idOrSlug",
    describeRoute("Deactivates a plan, so nobody new can buy it.", planToAdminView, [
      "not_found",
      "conflict",
    ]),
    async (c) => {
      const { ctx } = c.var;
      const audit = auditCatalogChange(ctx, {
        kind: "plan",
        requested: { isActive: false },
        show: showPlanToAdmin,
      });
      const ended = await deactivatePlan(ctx, c.req.param("idOrSlug"), audit);
      return ended.ok ? c.json(showPlanToAdmin(ended.value)) : refuse(c, ended.failure);
    },
  );
