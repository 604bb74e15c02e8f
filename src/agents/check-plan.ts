import { findUser } from "../auth/index.ts";
import { findModel, findPlan, requireKind } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";

/** The parts of an agent that its creator's plan decides. */
interface AgentRequirements {
  readonly model: string;
  readonly tools: readonly string[];
}

/**
 * Checks that a user's plan lets an agent use a model and tools: models as the plan names them
 * (all, where it names none), tools by the plan's features.
 * @returns `model_not_found`, or 402 where another plan would do
 */
export async function checkPlanIncludes(
  { db, nowMs }: Context,
  userId: string,
  { model: modelId, tools }: AgentRequirements,
): Promise<Result<true>> {
  const model = await findModel(db, modelId, nowMs);
  if (model === undefined)
    return fail("model_not_found", `There is no model "${modelId}".`, { param: "model" });
  const isChat = requireKind(model, "chat");
  if (!isChat.ok) return isChat;
  const user = await findUser(db, userId);
  const plan = user === undefined ? undefined : await findPlan(db, user.planId);
  const models = plan?.models ?? null;
  if (models !== null && !models.includes(model.id)) {
    const message = `model: your plan doesn't include "${modelId}" for agents.`;
    return fail("insufficient_quota", message, { param: "model" });
  }
  const tool = tools.find((name) => plan?.features.includes(name) !== true);
  if (tool !== undefined) {
    const message = `tools: your plan doesn't include "${tool}".`;
    return fail("insufficient_quota", message, { param: "tools" });
  }
  return ok(true);
}
