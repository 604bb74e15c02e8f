import { type Context, Hono } from "hono";
import type { AuthEnv } from "../auth/index.ts";
import {
  createModel,
  deactivateModel,
  findAnyModel,
  guardedModelView,
  listModels,
  type Model,
  modelPatch,
  newModel,
  showGuardedModel,
  showModelToAdmin,
  updateModel,
} from "../catalog/index.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { auditCatalogChange } from "./audit-catalog-change.ts";

/** Returns what shows a model with what the operator should know of its prices. */
const showTo = ({ var: { ctx } }: Context<AuthEnv>) => {
  const { CREDIT_VALUE } = ctx.config;
  return (model: Model) => showGuardedModel(model, CREDIT_VALUE);
};

/** `/api/admin/models`. An id may hold slashes. */
export const adminModelRoutes = new Hono<AuthEnv>()
  .get(
    "/",
    validate("query", pageQuery),
    describeRoute("Lists all models.", list(guardedModelView), []),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const models = await listModels(c.var.ctx.db, {
        activeOnly: false,
        limit: limit + 1,
        after: cursor,
      });
      return c.json(toPage(models, limit, showTo(c), (model) => model.id));
    },
  )
  .get(
    "/:id{.+}",
    describeRoute("Returns a model.", guardedModelView, ["model_not_found"]),
    async (c) => {
      const model = await findAnyModel(c.var.ctx.db, c.req.param("id"));
      return model.ok ? c.json(showTo(c)(model.value)) : refuse(c, model.failure);
    },
  )
  .post(
    "/",
    validate("json", newModel),
    describeRoute("Creates a model.", guardedModelView, ["conflict"], { status: 201 }),
    async (c) => {
      const { ctx } = c.var;
      const { belowCost: _, ...model } = c.req.valid("json");
      const audit = auditCatalogChange(ctx, {
        kind: "model",
        requested: model,
        show: showModelToAdmin,
      });
      const created = await createModel(ctx, model, audit);
      return created.ok ? c.json(showTo(c)(created.value), 201) : refuse(c, created.failure);
    },
  )
  .patch(
    "/:id{.+}",
    validate("json", modelPatch),
    describeRoute("Updates a model.", guardedModelView, ["model_not_found"]),
    async (c) => {
      const { ctx } = c.var;
      const { belowCost: _, ...patch } = c.req.valid("json");
      const audit = auditCatalogChange(ctx, {
        kind: "model",
        requested: patch,
        show: showModelToAdmin,
      });
      const updated = await updateModel(ctx, c.req.param("id"), patch, audit);
      return updated.ok ? c.json(showTo(c)(updated.value)) : refuse(c, updated.failure);
    },
  )
  .delete(
    "/:id{.+}",
    describeRoute("Disables a model.", guardedModelView, ["model_not_found"]),
    async (c) => {
      const { ctx } = c.var;
      const audit = auditCatalogChange(ctx, {
        kind: "model",
        requested: { isActive: false },
        show: showModelToAdmin,
      });
      const ended = await deactivateModel(ctx, c.req.param("id"), audit);
      return ended.ok ? c.json(showTo(c)(ended.value)) : refuse(c, ended.failure);
    },
  );
