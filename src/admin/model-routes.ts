import { Hono } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import {
  createModel,
  deactivateModel,
  findAnyModel,
  listModels,
  modelPatch,
  newModel,
  showModelToAdmin,
  updateModel,
} from "../catalog/index.ts";
import { database } from "../db.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { auditCatalogChange } from "./audit-catalog-change.ts";

/**
 * `/api/admin/models`: what users may name as `model`, and what its tokens cost. An id may hold
 * slashes.
 */
export const adminModelRoutes = new Hono<AuthEnv>()
  .get("/", validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const models = await listModels(database(c.env.DB), {
      activeOnly: false,
      limit: limit + 1,
      after: cursor,
    });
    return c.json(toPage(models, limit, showModelToAdmin, (model) => model.id));
  })
  .get("/:id{.+}", async (c) => {
    const model = await findAnyModel(database(c.env.DB), c.req.param("id"));
    return model.ok ? c.json(showModelToAdmin(model.value)) : refuse(c, model.failure);
  })
  .post("/", validate("json", newModel), async (c) => {
    const { UPSTREAMS } = c.var.ctx.config;
    const [db, model, nowMs] = [database(c.env.DB), c.req.valid("json"), Date.now()];
    const audit = auditCatalogChange(db, c.var.ctx.actor, "model", model, showModelToAdmin, nowMs);
    const created = await createModel(db, model, UPSTREAMS, nowMs, audit);
    return created.ok ? c.json(showModelToAdmin(created.value), 201) : refuse(c, created.failure);
  })
  .patch("/:id{.+}", validate("json", modelPatch), async (c) => {
    const { UPSTREAMS } = c.var.ctx.config;
    const [db, patch, nowMs] = [database(c.env.DB), c.req.valid("json"), Date.now()];
    const audit = auditCatalogChange(db, c.var.ctx.actor, "model", patch, showModelToAdmin, nowMs);
    const changed = await updateModel(db, c.req.param("id"), patch, UPSTREAMS, nowMs, audit);
    return changed.ok ? c.json(showModelToAdmin(changed.value)) : refuse(c, changed.failure);
  })
  .delete("/:id{.+}", async (c) => {
    const [db, nowMs] = [database(c.env.DB), Date.now()];
    const audit = auditCatalogChange(
      db,
      c.var.ctx.actor,
      "model",
      { isActive: false },
      showModelToAdmin,
      nowMs,
    );
    const ended = await deactivateModel(db, c.req.param("id"), nowMs, audit);
    return ended.ok ? c.json(showModelToAdmin(ended.value)) : refuse(c, ended.failure);
  });
