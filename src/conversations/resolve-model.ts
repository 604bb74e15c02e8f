import { findUser } from "../auth/index.ts";
import {
  chooseDefaultModel,
  findModel,
  findPlan,
  loadChatModels,
  type ModelPricing,
  requireKind,
} from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";

/** Returns a model that is in use now, or `model_not_found`. */
export async function requireModel(
  { db, nowMs }: Context,
  modelId: string,
): Promise<Result<ModelPricing>> {
  const model = await findModel(db, modelId, nowMs);
  return model === undefined
    ? fail("model_not_found", `There is no model "${modelId}".`, { param: "model" })
    : requireKind(model, "chat");
}

/**
 * Returns the model that replies where none was chosen. `model_not_found` where the operator has
 * none.
 */
export async function resolveDefaultModel(
  { db, nowMs }: Context,
  userId: string,
): Promise<Result<ModelPricing>> {
  const models = await loadChatModels(db, nowMs);
  const user = await findUser(db, userId);
  const plan = user === undefined ? undefined : await findPlan(db, user.planId);
  const modelId = chooseDefaultModel([...models.keys()], plan?.models);
  const model = modelId === undefined ? undefined : models.get(modelId);
  return model === undefined
    ? fail("model_not_found", "No model is available yet.", { param: "model" })
    : ok(model);
}
