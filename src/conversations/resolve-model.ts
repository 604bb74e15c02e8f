import { findUser } from "../auth/index.ts";
import {
  chooseDefaultModel,
  findModel,
  findPlan,
  loadModels,
  type ModelPricing,
} from "../catalog/index.ts";
import type { Database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";

/** A model that can be talked to now. */
export async function requireModel(
  d1: D1Database,
  modelId: string,
  nowMs: number,
): Promise<Result<ModelPricing>> {
  const model = await findModel(d1, modelId, nowMs);
  return model === undefined
    ? fail("model_not_found", `There is no model "${modelId}".`, { param: "model" })
    : ok(model);
}

/**
 * Returns the model that replies where nobody chose one. `model_not_found` where the operator has
 * none.
 */
export async function resolveDefaultModel(
  d1: D1Database,
  db: Database,
  userId: string,
  nowMs: number,
): Promise<Result<ModelPricing>> {
  const models = await loadModels(d1, nowMs);
  const user = await findUser(db, userId);
  const plan = user === undefined ? undefined : await findPlan(db, user.planId);
  const modelId = chooseDefaultModel([...models.keys()], plan?.models);
  const model = modelId === undefined ? undefined : models.get(modelId);
  return model === undefined
    ? fail("model_not_found", "There is no model yet.", { param: "model" })
    : ok(model);
}
