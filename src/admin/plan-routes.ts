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
  showPlanToAdmin,
  toPlanCursor,
  updatePlan,
} from "../catalog/index.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { auditCatalogChange } from "./audit-catalog-change.ts";
import { PUSHES_MAX, pushEntitlements } from "./push-entitlements.ts";

/** `/api/admin/plans` */
export const adminPlanRoutes = new Hono<AuthEnv>()
  .get("/", validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = parsePlanCursor(cursor);
    if (!after.ok) return refuse(c, after.failure);
    const plans = await listPlans(c.var.ctx.db, {
      activeOnly: false,
      limit: limit + 1,
      after: after.value,
    });
    return c.json(toPage(plans, limit, showPlanToAdmin, toPlanCursor));
  })
  .get("/:idOrSlug", async (c) => {
    const idOrSlug = c.req.param("idOrSlug");
    const plan = await findPlan(c.var.ctx.db, idOrSlug);
    return plan === undefined
      ? refuse(c, { code: "not_found", message: `There is no plan ${idOrSlug}.` })
      : c.json(showPlanToAdmin(plan));
  })
  .post("/", validate("json", newPlan), async (c) => {
    const { ctx } = c.var;
    const plan = c.req.valid("json");
    const audit = auditCatalogChange(ctx, {
      kind: "plan",
      requested: plan,
      show: showPlanToAdmin,
    });
    const created = await createPlan(ctx.db, plan, ctx.nowMs, audit);
    return created.ok ? c.json(showPlanToAdmin(created.value), 201) : refuse(c, created.failure);
  })
  .patch("/:idOrSlug", validate("json", planPatch), async (c) => {
    const { ctx } = c.var;
    const patch = c.req.valid("json");
    const audit = auditCatalogChange(ctx, {
      kind: "plan",
      requested: patch,
      show: showPlanToAdmin,
    });
    const updated = await updatePlan(ctx.db, c.req.param("idOrSlug"), patch, ctx.nowMs, audit);
    if (!updated.ok) return refuse(c, updated.failure);
    // The cron pushes to the users that are left.
    c.executionCtx.waitUntil(pushEntitlements(ctx, PUSHES_MAX));
    return c.json(showPlanToAdmin(updated.value));
  })
  .delete("/:idOrSlug", async (c) => {
    const { ctx } = c.var;
    const audit = auditCatalogChange(ctx, {
      kind: "plan",
      requested: { isActive: false },
      show: showPlanToAdmin,
    });
    const ended = await deactivatePlan(ctx.db, c.req.param("idOrSlug"), ctx.nowMs, audit);
    return ended.ok ? c.json(showPlanToAdmin(ended.value)) : refuse(c, ended.failure);
  });
