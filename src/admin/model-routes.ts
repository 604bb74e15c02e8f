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
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { auditCatalogChange } from "./audit-catalog-change.ts";

/** `/api/admin/models`. An id may hold slashes. */
export const adminModelRoutes = new Hono<AuthEnv>()
  .get("/", validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const models = await listModels(c.var.ctx.db, {
      activeOnly: false,
      limit: limit + 1,
      after: cursor,
    });
    return c.json(toPage(models, limit, showModelToAdmin, (model) => model.id));
  })
  .get("/:id{.+}", async (c) => {
    const model = await findAnyModel(c.var.ctx.db, c.req.param("id"));
    return model.ok ? c.json(showModelToAdmin(model.value)) : refuse(c, model.failure);
  })
  .post("/", validate("json", newModel), async (c) => {
    const { ctx } = c.var;
    const model = c.req.valid("json");
    const audit = auditCatalogChange(ctx, {
      kind: "model",
      requested: model,
      show: showModelToAdmin,
    });
    const { UPSTREAMS } = ctx.config;
    const created = await createModel(ctx.db, model, UPSTREAMS, ctx.nowMs, audit);
    return created.ok ? c.json(showModelToAdmin(created.value), 201) : refuse(c, created.failure);
  })
  .patch("/:id{.+}", validate("json", modelPatch), async (c) => {
    const { ctx } = c.var;
    const patch = c.req.valid("json");
    const audit = auditCatalogChange(ctx, {
      kind: "model",
      requested: patch,
      show: showModelToAdmin,
    });
    const { UPSTREAMS } = ctx.config;
    const id = c.req.param("id");
    const updated = await updateModel(ctx.db, id, patch, UPSTREAMS, ctx.nowMs, audit);
    return updated.ok ? c.json(showModelToAdmin(updated.value)) : refuse(c, updated.failure);
  })
  .delete("/:id{.+}", async (c) => {
    const { ctx } = c.var;
    const audit = auditCatalogChange(ctx, {
      kind: "model",
      requested: { isActive: false },
      show: showModelToAdmin,
    });
    const ended = await deactivateModel(ctx.db, c.req.param("id"), ctx.nowMs, audit);
    return ended.ok ? c.json(showModelToAdmin(ended.value)) : refuse(c, ended.failure);
  });
