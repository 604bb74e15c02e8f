import { findUser } from "../auth/index.ts";
import { findModel, findPlan } from "../catalog/index.ts";
import type { Database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";

/** What of an agent its creator's plan decides. */
interface AgentRequirements {
  readonly model: string;
  readonly tools: readonly string[];
}

/**
 * Whether a user's plan lets an agent use a model and tools: models as the plan names them (all,
 * where it names none), tools by the plan's features. `model_not_found`, or 402 where another plan
 * would do.
 */
export async function checkPlanIncludes(
  d1: D1Database,
  db: Database,
  userId: string,
  requirements: AgentRequirements,
  nowMs: number,
): Promise<Result<true>> {
  const model = await findModel(d1, requirements.model, nowMs);
  if (model === undefined)
    return fail("model_not_found", `There is no model "${requirements.model}".`, {
      param: "model",
    });
  const user = await findUser(db, userId);
  const plan = user === undefined ? undefined : await findPlan(db, user.planId);
  const models = plan?.models ?? null;
  if (models !== null && !models.includes(requirements.model))
    return fail(
      "insufficient_quota",
      `model: your plan has no agents with "${requirements.model}".`,
      {
        param: "model",
      },
    );
  const tool = requirements.tools.find((name) => plan?.features.includes(name) !== true);
  if (tool !== undefined)
    return fail("insufficient_quota", `tools: your plan does not include "${tool}".`, {
      param: "tools",
    });
  return ok(true);
}
