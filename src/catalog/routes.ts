import type { Context } from "hono";
import type { Config } from "../config.ts";
import { fail } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { describeRoute } from "../http/describe-route.ts";
import { type BaseEnv, router } from "../http/factory.ts";
import { type PageQuery, pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { findModel, loadModels, type ModelPricing } from "./model-cache.ts";
import { parsePlanCursor, toPlanCursor } from "./plan-cursor.ts";
import { planNotFound } from "./plan-refusals.ts";
import { showModel } from "./show-model.ts";
import { showPlan } from "./show-plan.ts";
import { findPlan, listPlans } from "./store.ts";
import { modelListView, modelView, planView } from "./wire.ts";

async function respondWithPlans(
  c: Context<BaseEnv>,
  { limit, cursor }: PageQuery,
  activeOnly: boolean,
) {
  const after = parsePlanCursor(cursor);
  if (!after.ok) return refuse(c, after.failure);
  const page = { activeOnly, limit: limit + 1, after: after.value };
  const plans = await listPlans(c.get("ctx").db, page);
  return c.json(toPage(plans, limit, showPlan, toPlanCursor));
}

/** `/api/plans`: the plans and packs, for everybody. */
export const planRoutes = router()
  .get(
    "/",
    validate("query", pageQuery),
    describeRoute("Lists plans and packs, in the operator's order.", list(planView), []),
    (c) => respondWithPlans(c, c.req.valid("query"), false),
  )
  .get(
    "/active",
    validate("query", pageQuery),
    describeRoute("Lists plans and packs on sale.", list(planView), []),
    (c) => respondWithPlans(c, c.req.valid("query"), true),
  )
  .get(
    "/:idOrSlug",
    describeRoute("Returns a plan by ID or slug.", planView, ["not_found"]),
    async (c) => {
      const idOrSlug = c.req.param("idOrSlug");
      const plan = await findPlan(c.var.ctx.db, idOrSlug);
      return plan === undefined
        ? refuse(c, planNotFound(idOrSlug).failure)
        : c.json(showPlan(plan));
    },
  );

const modelNotFound = (id: string) =>
  fail("model_not_found", `There is no model ${id}.`, { param: "model" });

/** Lists the parameters that are passed on to a model: chat decides about them. */
type ListParameters = (config: Config, model: ModelPricing) => string[];

/**
 * `/v1/models`: the models that may be used now, in OpenAI's shape. The whole list at once, as
 * OpenAI gives it.
 */
export const modelRoutes = (listParameters: ListParameters) => {
  const show = (config: Config, model: ModelPricing) =>
    showModel(model, config.SHOW_VENDOR, listParameters(config, model));
  return router()
    .get(
      "/",
      describeRoute(
        "Lists available models, with prices in credits per million tokens.",
        modelListView,
        [],
      ),
      async (c) => {
        const { db, nowMs, config } = c.var.ctx;
        const models = [...(await loadModels(db, nowMs)).values()];
        const data = models.map((model) => show(config, model));
        const [first_id = null, last_id = first_id] = [data[0]?.id, data.at(-1)?.id];
        const has_more = false as const;
        return c.json({ object: "list" as const, data, has_more, first_id, last_id });
      },
    )
    .get(
      "/:id{.+}",
      describeRoute("Returns a model.", modelView, ["model_not_found"]),
      async (c) => {
        const { db, nowMs, config } = c.var.ctx;
        const id = c.req.param("id");
        const model = await findModel(db, id, nowMs);
        return model === undefined
          ? refuse(c, modelNotFound(id).failure)
          : c.json(show(config, model));
      },
    );
};
