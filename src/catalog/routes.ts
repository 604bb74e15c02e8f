import type { Context } from "hono";
import { database } from "../db.ts";
import type { Failure } from "../errors.ts";
import { type BaseEnv, router } from "../http/factory.ts";
import { type PageQuery, pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { findModel, loadModels } from "./model-cache.ts";
import { parsePlanCursor, toPlanCursor } from "./plan-cursor.ts";
import { showModel } from "./show-model.ts";
import { showPlan } from "./show-plan.ts";
import { findPlan, listPlans } from "./store.ts";

const planNotFound = (idOrSlug: string): Failure => ({
  code: "not_found",
  message: `There is no plan ${idOrSlug}.`,
});

async function respondWithPlans(
  c: Context<BaseEnv>,
  { limit, cursor }: PageQuery,
  activeOnly: boolean,
) {
  const after = parsePlanCursor(cursor);
  if (!after.ok) return refuse(c, after.failure);
  const plans = await listPlans(database(c.env.DB), {
    activeOnly,
    limit: limit + 1,
    after: after.value,
  });
  return c.json(toPage(plans, limit, showPlan, toPlanCursor));
}

/** `/api/plans`: what is sold, for everybody to see. */
export const planRoutes = router()
  .get("/", validate("query", pageQuery), (c) => respondWithPlans(c, c.req.valid("query"), false))
  .get("/active", validate("query", pageQuery), (c) =>
    respondWithPlans(c, c.req.valid("query"), true),
  )
  .get("/:idOrSlug", async (c) => {
    const idOrSlug = c.req.param("idOrSlug");
    const plan = await findPlan(database(c.env.DB), idOrSlug);
    return plan === undefined ? refuse(c, planNotFound(idOrSlug)) : c.json(showPlan(plan));
  });

/**
 * `/v1/models`: the models that may be used now, in OpenAI's shape. The whole list at once, as
 * OpenAI gives it.
 */
export const modelRoutes = router()
  .get("/", async (c) => {
    const models = await loadModels(c.env.DB, Date.now());
    return c.json({ object: "list" as const, data: [...models.values()].map(showModel) });
  })
  .get("/:id{.+}", async (c) => {
    const id = c.req.param("id");
    const model = await findModel(c.env.DB, id, Date.now());
    if (model === undefined)
      return refuse(c, {
        code: "model_not_found",
        message: `There is no model ${id}.`,
        param: "model",
      });
    return c.json(showModel(model));
  });
