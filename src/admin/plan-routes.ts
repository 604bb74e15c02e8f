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
import { database } from "../db.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { auditCatalogChange } from "./audit-catalog-change.ts";
import { PUSHES_MAX, pushEntitlements } from "./push-entitlements.ts";

/** `/api/admin/plans`: what is sold. */
export const adminPlanRoutes = new Hono<AuthEnv>()
  .get("/", validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = parsePlanCursor(cursor);
    if (!after.ok) return refuse(c, after.failure);
    const plans = await listPlans(database(c.env.DB), {
      activeOnly: false,
      limit: limit + 1,
      after: after.value,
    });
    return c.json(toPage(plans, limit, showPlanToAdmin, toPlanCursor));
  })
  .get("/:idOrSlug", async (c) => {
    const idOrSlug = c.req.param("idOrSlug");
    const plan = await findPlan(database(c.env.DB), idOrSlug);
    if (plan === undefined)
      return refuse(c, { code: "not_found", message: `There is no plan ${idOrSlug}.` });
    return c.json(showPlanToAdmin(plan));
  })
  .post("/", validate("json", newPlan), async (c) => {
    const [db, plan, nowMs] = [database(c.env.DB), c.req.valid("json"), Date.now()];
    const audit = auditCatalogChange(db, c.var.ctx.actor, "plan", plan, showPlanToAdmin, nowMs);
    const created = await createPlan(db, plan, nowMs, audit);
    return created.ok ? c.json(showPlanToAdmin(created.value), 201) : refuse(c, created.failure);
  })
  .patch("/:idOrSlug", validate("json", planPatch), async (c) => {
    const [db, patch, nowMs] = [database(c.env.DB), c.req.valid("json"), Date.now()];
    const audit = auditCatalogChange(db, c.var.ctx.actor, "plan", patch, showPlanToAdmin, nowMs);
    const changed = await updatePlan(db, c.req.param("idOrSlug"), patch, nowMs, audit);
    if (!changed.ok) return refuse(c, changed.failure);
    // The first of them at once; the cron pushes to whoever is left.
    c.executionCtx.waitUntil(pushEntitlements(c.env, PUSHES_MAX));
    return c.json(showPlanToAdmin(changed.value));
  })
  .delete("/:idOrSlug", async (c) => {
    const [db, nowMs] = [database(c.env.DB), Date.now()];
    const audit = auditCatalogChange(
      db,
      c.var.ctx.actor,
      "plan",
      { isActive: false },
      showPlanToAdmin,
      nowMs,
    );
    const ended = await deactivatePlan(db, c.req.param("idOrSlug"), nowMs, audit);
    return ended.ok ? c.json(showPlanToAdmin(ended.value)) : refuse(c, ended.failure);
  });
